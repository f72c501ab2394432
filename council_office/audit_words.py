"""What the audit's actions are, in the words of whoever did them; a row keeps the action itself."""

_SIGNING_IN = {
    "email": "Sign in: ask for a code",
    "code": "Sign in: enter the code",
    "sign_out": "Sign out",
}
_ORGANISATION = {"organisation": "Sign in: choose an organisation"}

_RESIDENTS = {
    "activity.give_up": "Give up a place",
    "activity.take": "Take a place",
    "code.limit": "Show a code: set its most",
    "code.not_me": "Stop the code",
    "code.renew": "Show a code",
    "council_tax.cancel": "Cancel an application to council tax",
    "council_tax.link": "Link a council tax account",
    "council_tax.unlink": "End a link to a council tax account",
    "council_tax_apply.apply": "Apply credits to council tax",
    "council_tax_apply.ask": "Apply credits to council tax: enter how many",
    "details.end": "End a sign-in of one’s own",
    "disputes.send": "Say something is wrong",
}

_ORGANISERS = {
    "organise_activities.add": "Add a session",
    "organise_details.end": "End a sign-in of one’s own",
    "organise_more.send": "Ask for more credits",
    "organise_roster.add": "Add somebody who came",
    "organise_roster.check": "Thank who came: look first",
    "organise_roster.thank": "Thank who came",
    "organise_upload.check": "Thank by a list: look first",
    "organise_upload.take_back": "Take back a list that waits",
    "organise_upload.thank": "Thank by a list",
}

_MERCHANTS = {
    "devices.revoke": "End a till",
    "disputes.send": "Say something is wrong with a payment",
    "home.open_here": "Open a till in this browser",
    "operators.add": "Let somebody use the till",
    "operators.pin": "Change a PIN",
    "operators.remove": "Let somebody use the till no longer",
    "short_code.type_code": "Type a code",
    "takings.undo": "Undo a payment",
    "till.choose": "Enter an amount",
    "till.lock": "Lock the till",
    "till.take": "Take a payment",
    "till.unlock": "Unlock the till",
}

_OFFICE = {
    "adjustments.propose": "Ask for an adjustment",
    "approvals.decide": "Approve or send back a proposal",
    "approvals.take_back": "Take back one’s own proposal",
    "asks.answer": "Answer an organiser who asked for more",
    "audit.download": "Download the audit",
    "corrections.undo": "Reverse a transaction",
    "council_tax.decide": "Approve, send back or release a council tax file",
    "council_tax.download": "Download a council tax file",
    "council_tax_items.cancel": "Cancel an application for a resident",
    "council_tax_items.take_back": "Ask for a reduction back",
    "decisions.propose_close": "Ask to close applications to council tax",
    "decisions.propose_end": "Ask to end a council tax decision",
    "decisions.propose_new": "Ask for a council tax decision to be recorded",
    "details.end": "End a sign-in of one’s own",
    "disputes.answer": "Answer a dispute",
    "look_ups.download": "Download who looked at whom",
    "months.reopen": "Ask to open a closed month",
    "officers.add": "Ask for a new officer",
    "officers.end": "End a right of an officer",
    "officers.end_all": "End every right of an officer who leaves",
    "officers.grant": "Ask to let an officer do more",
    "programme_changes.propose_ceiling": "Ask for another ceiling of a programme",
    "programme_changes.propose_tariff": "Ask for another tariff of an activity",
    "programme_credits.add_funds": "Fund a programme",
    "programme_credits.allot": "Allot credits to an organiser",
    "programmes.add": "Begin a programme",
    "residents.look_up": "Look up a resident",
    "settings.propose": "Ask for another value of a setting",
    "worklist.as_csv": "Download a worklist (CSV)",
    "worklist.as_xlsx": "Download a worklist (Excel)",
    "worklist.bring_back": "Bring back a worklist or a report",
}

_COMMANDS = {
    "close-month": "Close a month",
    "council-tax-answer": "Take in a council tax answer",
    "council-tax-deliver": "Deliver council tax files",
    "end-sign-ins": "End everybody’s sign-ins",
    "end-till": "End a till by command",
    "export-journal": "Export the journal",
    "import-activities": "Import activities",
    "keys-retire": "Take earlier field keys out of use",
    "layouts-write": "Write a file by a layout",
    "nightly": "Run the night",
    "officer-add": "Add an officer by command",
    "officer-new-app": "Give an officer another app by command",
    "seal-anew": "Seal anew under the newest field key",
    "wind-down": "Write everyone’s files to wind down",
}

_BY_BLUEPRINT = {
    "resident_sign_in": _SIGNING_IN,
    "organiser_sign_in": _SIGNING_IN | _ORGANISATION,
    "merchant_sign_in": _SIGNING_IN | _ORGANISATION,
    "office_sign_in": _SIGNING_IN | {"app": "Sign in: enter the app’s digits"},
    "town": {"join.join": "Join the scheme"},
    "residents": _RESIDENTS,
    "residents_api.codes": {"draw": "Draw a code’s picture anew", "end": "Stop the code", "issue": "Show a code"},
    "organisers": _ORGANISERS,
    "merchants": _MERCHANTS,
    "merchants_api.redemptions": {"take": "Take a payment", "undo": "Undo a payment"},
    "office": _OFFICE,
    "command": _COMMANDS,
}

WORDS = {f"{blueprint}.{name}": said for blueprint, words in _BY_BLUEPRINT.items() for name, said in words.items()}
"""Each action that leaves a row, by its name in the row: a route's endpoint, or a command's name after `command.`."""


def said(action: str) -> str:
    """What an action is, in words; a page that somebody was not let see has none but its own name."""
    return WORDS.get(action, action)


def actions_saying(text: str) -> list[str]:
    """The actions in whose words this text stands."""
    return [action for action, words in WORDS.items() if text.casefold() in words.casefold()]
