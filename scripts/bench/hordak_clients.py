"""Let django-hordak work, run by the Python it is installed for: prepare its tables, or transfer and say how often.

`prepare HOST` makes tables and accounts; `run HOST WAY CLIENTS SECONDS` prints transfers a second.
"""

import multiprocessing
import random
import sys
import threading
import time
from importlib import import_module

import django
from django.conf import settings

ACCOUNTS, WARM_UP = 2_000, 10


def set_up(host: str) -> None:
    """Django with hordak and nothing else."""
    database = {"ENGINE": "django.db.backends.postgresql", "NAME": "hordak", "USER": "postgres", "HOST": host}
    settings.configure(
        DATABASES={"default": database | {"CONN_MAX_AGE": None}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DEFAULT_CURRENCY="GBP",
        CURRENCIES=["GBP"],
        USE_TZ=True,
    )
    django.setup()


def prepare() -> None:
    """Its tables, and accounts to transfer between; its modules can be imported only once Django is set up."""
    import_module("django.core.management").call_command("migrate", verbosity=0)
    for number in range(ACCOUNTS):
        import_module("hordak.models").Account.objects.create(
            name=f"A{number}", code=None, type="LI", currencies=["GBP"]
        )


def client(way: str, number: int, seconds: float, ready: "threading.Barrier", counts: list[int]) -> None:
    """Transfer between accounts at random, each in a transaction of its own."""
    database, hordak = import_module("django.db"), import_module("hordak.models")
    accounts, chance, amount = (
        list(hordak.Account.objects.all()),
        random.Random(number),
        import_module("moneyed").Money(10, "GBP"),
    )

    def transfer() -> None:
        debit, credit = chance.sample(accounts, 2)
        with database.transaction.atomic():
            if way == "transfer_to":
                debit.transfer_to(credit, amount)
                return
            made = hordak.Transaction.objects.create()
            legs = [
                hordak.Leg(transaction=made, account=debit, credit=amount),
                hordak.Leg(transaction=made, account=credit, debit=amount),
            ]
            hordak.Leg.objects.bulk_create(legs)

    for _time in range(WARM_UP):
        transfer()
    ready.wait()
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        transfer()
        counts[number % 2] += 1
    database.connection.close()


def process(host: str, way: str, number: int, seconds: float, ready: object, counted: object) -> None:
    """Two clients."""
    set_up(host)
    counts, together = [0, 0], threading.Barrier(2, action=ready.wait)
    threads = [
        threading.Thread(target=client, args=[way, 2 * number + one, seconds, together, counts]) for one in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted.put(sum(counts))


def run(host: str, way: str, clients: int, seconds: float) -> float:
    """Transfers a second, two clients to a process."""
    context = multiprocessing.get_context("spawn")
    ready, counted = context.Barrier(clients // 2), context.SimpleQueue()
    started = [
        context.Process(target=process, args=[host, way, number, seconds, ready, counted])
        for number in range(clients // 2)
    ]
    for one in started:
        one.start()
    for one in started:
        one.join()
    return sum(counted.get() for _one in started) / seconds


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        set_up(sys.argv[2])
        prepare()
    else:
        print(run(sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
