"""A process that writes a batch's file into the folder it is given, as the night does; for strace to interrupt."""

import hashlib
import sys
from pathlib import Path

from ledger.council_tax.files import write_file
from ledger.council_tax.views import BatchFile

NAME = "CTX_E09000022_P_000001_20261122.csv"
CONTENT = b"".join(b"D,%06d\r\n" % line for line in range(2_000))
FILE = BatchFile(name=NAME, content=CONTENT, sha256=hashlib.sha256(CONTENT).hexdigest())

if __name__ == "__main__":
    write_file(FILE, Path(sys.argv[1]))
