"""The one table of what the ledger refuses: the status of each refusal, and what a resident would say about it.

A sentence is shown to whoever asked, at a till too: it never tells a balance, a name or why an account is frozen. Only
officers reverse, so only they are told what could be taken back.
"""

from dataclasses import dataclass

from ledger import errors, field_keys, keys, money, outages, settings
from ledger.book import errors as book
from ledger.book.requests import AnsweredByTwin
from ledger.corrections import errors as corrections
from ledger.council_tax import errors as council_tax
from ledger.council_tax.delivery import errors as delivery
from ledger.council_tax.layouts import errors as layouts
from ledger.earning import errors as earning
from ledger.nightly.steps import BooksNotWhole
from ledger.nights import errors as night_errors
from ledger.people import errors as people
from ledger.redemption import errors as redemption
from ledger.scheme import errors as scheme
from ledger.wallets import errors as wallets
from ledger.wind_down import errors as wind_down


class KeyMissing(errors.LedgerError):
    """The request has no idempotency key, or none that could have been drawn for it."""

    code = "key_missing"


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one class of refusal is answered: its status, and a sentence that its facts may fill."""

    status: int
    words: str


REFUSALS: dict[type[errors.LedgerError], Refusal] = {
    errors.NotFound: Refusal(404, "We cannot find that page."),
    errors.NotAllowed: Refusal(403, "You may not do this."),
    errors.InvalidField: Refusal(422, "Check what you entered."),
    KeyMissing: Refusal(400, "Go back, open the page again and send it once more."),
    errors.MoveRefused: Refusal(409, "This has changed since you opened it. Look at it again."),
    errors.TooManyTries: Refusal(429, "Too many tries. Wait {minutes}."),
    money.NotAnAmount: Refusal(422, "Enter an amount like 4.50."),
    settings.SettingsRefused: Refusal(500, "Something went wrong. Your credits are safe."),
    keys.KeyExists: Refusal(500, "Something went wrong. Your credits are safe."),
    keys.KeysInUse: Refusal(500, "Something went wrong. Your credits are safe."),
    keys.NoSuchKey: Refusal(500, "Something went wrong. Your credits are safe."),
    field_keys.SealBroken: Refusal(500, "Something went wrong. Your credits are safe."),
    outages.Busy: Refusal(503, "Many people are here just now. Nothing was taken. Try again in a moment."),
    outages.Unavailable: Refusal(503, "We cannot write anything down just now. Nothing was taken. Try again soon."),
    outages.OutcomeUnknown: Refusal(503, "We do not know yet whether this went through. Send the same again."),
    AnsweredByTwin: Refusal(409, "The same request is being answered. Wait a second and send it again."),
    book.KeyReused: Refusal(422, "This page was used for something else. Go back and open it again."),
    book.PostingMalformed: Refusal(500, "Something went wrong. Your credits are safe."),
    book.UnknownAccount: Refusal(500, "Something went wrong. Your credits are safe."),
    book.UnitsDiffer: Refusal(422, "Those are two different kinds of credits."),
    book.InsufficientCredits: Refusal(409, "There are not enough credits for this."),
    book.CeilingReached: Refusal(422, "That is more than may be held there."),
    book.AccountFrozen: Refusal(409, "These credits cannot be used now. Call us."),
    book.AccountClosed: Refusal(409, "This has been closed."),
    book.AccountNotEmpty: Refusal(409, "There is still something on this, or set aside."),
    book.HoldEnded: Refusal(409, "This has ended already."),
    book.HoldTooSmall: Refusal(422, "That is more than was set aside."),
    book.AlreadyReversed: Refusal(409, "This was taken back already."),
    book.CannotReverse: Refusal(409, "Only {reversible} CR of this can be taken back now. The rest is not there."),
    wallets.CapReached: Refusal(422, "That would pass what is allowed in this time."),
    people.EmailTaken: Refusal(409, "Somebody uses this e-mail address already."),
    people.SourceTaken: Refusal(409, "This row was imported before."),
    people.WrongCode: Refusal(422, "That is not the code. {tries}."),
    people.CodeEnded: Refusal(410, "This code has ended. Ask for a new one."),
    people.TotpOwed: Refusal(403, "Enter the six digits of your app first."),
    people.OrganisationNotChosen: Refusal(422, "Say for whom you are here."),
    people.WrongPin: Refusal(422, "Wrong PIN. {tries}."),
    people.TillLocked: Refusal(403, "Enter your PIN first."),
    people.OwnProposal: Refusal(403, "You asked for this. Someone else must decide."),
    people.ProposalNotApproved: Refusal(409, "This is not approved, or was used already."),
    people.ProposalDiffers: Refusal(422, "This changed after approval. Ask for approval again."),
    people.ProposalStale: Refusal(412, "This has changed since you opened it. Look at it again."),
    people.ApproverMadeByMaker: Refusal(403, "Whoever asked made you an approver today. Someone else must decide."),
    people.LacksRight: Refusal(403, "Nobody grants what they may not do themself."),
    people.OwnGrant: Refusal(403, "This right would be your own. Someone else must decide."),
    people.LastAdministrator: Refusal(409, "Nobody else looks after officers. Let somebody else do so first."),
    earning.ProgrammeNotOpen: Refusal(409, "The programme is not open."),
    earning.DecisionUsed: Refusal(409, "This decision was used before."),
    earning.CeilingPassed: Refusal(409, "That would pass what the programme may be funded to."),
    earning.AlreadyAsked: Refusal(409, "You have asked for more of this programme already. Wait for the answer."),
    earning.TwoPeopleNeeded: Refusal(403, "Someone else must agree to this first."),
    earning.SourceImported: Refusal(409, "This row was imported before."),
    earning.SessionExists: Refusal(409, "There is a session at that time already."),
    earning.SessionCancelled: Refusal(409, "This session was cancelled."),
    earning.SessionFull: Refusal(409, "All places are taken."),
    earning.SessionStarted: Refusal(409, "This session has started."),
    earning.NoPlace: Refusal(409, "There is no place to give up."),
    earning.UnknownResident: Refusal(422, "We know nobody with that e-mail address."),
    earning.TooEarly: Refusal(409, "It is too early for this. Wait until the session starts."),
    earning.TooLate: Refusal(409, "It is too late for this. Call us."),
    earning.SelfAward: Refusal(403, "Nobody confirms that they came themself. Ask a colleague."),
    earning.AlreadyAwarded: Refusal(409, "Thanked for this session already."),
    earning.ResidentClosed: Refusal(409, "This person has left the scheme."),
    earning.RowRefused: Refusal(422, "This row cannot be used."),
    earning.NotAnActivitiesFile: Refusal(422, "This is not a list of activities."),
    earning.RosterFileRefused: Refusal(422, "This list cannot be used. Put it right and choose it again."),
    redemption.CodeInvalid: Refusal(422, "This is not a credits code."),
    redemption.CodeExpired: Refusal(410, "This code is too old."),
    redemption.CodeSuperseded: Refusal(409, "This code is too old."),
    redemption.CodeRevoked: Refusal(409, "This code cannot be used."),
    redemption.CodeAlreadyRedeemed: Refusal(409, "This code has been used."),
    redemption.OverCap: Refusal(422, "This code does not cover that."),
    redemption.OverTillLimit: Refusal(422, "This is more than this till may take at once."),
    redemption.NothingToSpend: Refusal(409, "You have no credits to spend yet."),
    redemption.ResidentFrozen: Refusal(409, "This cannot be used now. Call us."),
    redemption.VoidTooLate: Refusal(409, "This can be undone on the day it was taken only."),
    redemption.AlreadyVoided: Refusal(409, "This was undone already."),
    book.MonthNotEnded: Refusal(409, "This month has not ended."),
    book.MonthClosed: Refusal(409, "This month is closed. Post a correction in the open month."),
    book.MonthNotClosed: Refusal(409, "Only the latest closed month can be opened again."),
    book.EarlierMonthOpen: Refusal(409, "Close the earlier months first."),
    council_tax.NightMissing: Refusal(409, "Run the nights of this month first."),
    redemption.MoreThanTaken: Refusal(409, "That is more than is left of it. Look at what was given back already."),
    delivery.DeliveryDiffers: Refusal(409, "Something else has the name of this file where it goes. Look there first."),
    delivery.DeliveryFailed: Refusal(503, "The file was not delivered. Try again later."),
    delivery.ExtraMissing: Refusal(500, "Something went wrong. Your credits are safe."),
    scheme.SettingTooLate: Refusal(409, "The day it was to hold from has come. Send it back, and ask for a later day."),
    wind_down.FolderTaken: Refusal(409, "Something has that name already."),
    wind_down.BalancesDiffer: Refusal(500, "Something went wrong. Your credits are safe."),
    layouts.LayoutRefused: Refusal(422, "This layout cannot be used."),
    layouts.ValueDoesNotFit: Refusal(422, "This layout cannot carry what the file says."),
    layouts.NotOfTheLayout: Refusal(422, "This is not a file of that layout."),
    council_tax.NoDecisionInForce: Refusal(409, "Credits cannot be used for council tax of that year yet."),
    council_tax.CouncilTaxClosed: Refusal(409, "Council tax is closed for everybody until 1 April."),
    council_tax.DecisionEnded: Refusal(409, "This decision has ended already."),
    council_tax.ClosingPublished: Refusal(409, "A closing of that year is published already."),
    corrections.NotReversible: Refusal(409, "This kind of transaction is not reversed. Adjust by hand instead."),
    corrections.LeftForCouncilTax: Refusal(409, "This left for council tax. It comes back by council tax, not here."),
    corrections.GivenBackBefore: Refusal(409, "Some of this was given back already, so it cannot be reversed whole."),
    corrections.NotAdjustable: Refusal(422, "Credits cannot be moved between these two accounts by hand."),
    corrections.TwoOfficersNeeded: Refusal(403, "Someone else must agree to this first."),
    corrections.DisputedAlready: Refusal(409, "You have told us about this already. We will answer."),
    corrections.CorrectionMissing: Refusal(409, "Nothing has put this right yet. Correct it first, then answer."),
    council_tax.NotAReference: Refusal(422, "Check the account number."),
    council_tax.AlreadyLinked: Refusal(409, "You have linked a council-tax account already."),
    council_tax.NotLinked: Refusal(409, "Link your council-tax account first."),
    council_tax.BelowMinimum: Refusal(422, "That is less than may be used at once."),
    council_tax.BusinessDateInFuture: Refusal(422, "That day has not ended yet."),
    council_tax.BusinessDateTooEarly: Refusal(422, "A later day has been built already."),
    council_tax.FileDiffers: Refusal(500, "Something went wrong. Your credits are safe."),
    council_tax.CannotWithdraw: Refusal(503, "The file cannot be taken off the disk, so it was not sent back."),
    council_tax.SequencePublished: Refusal(500, "Something went wrong. Your credits are safe."),
    night_errors.AlreadyRunning: Refusal(409, "The night is being run just now."),
    night_errors.NightNotWhole: Refusal(409, "The checks found the books not whole. Nothing leaves until they are."),
    night_errors.NightLost: Refusal(409, "The night is being run by another."),
    BooksNotWhole: Refusal(500, "Something went wrong. Your credits are safe."),
    council_tax.FieldNotCanonical: Refusal(500, "Something went wrong. Your credits are safe."),
    council_tax.MayAward: Refusal(403, "You can award credits, so you cannot release."),
    council_tax.UnusualNight: Refusal(422, "Tonight is {times} times the usual. Say why you are sure."),
    council_tax.EarlierBatchWaits: Refusal(409, "An earlier file waits. Release that first."),
    council_tax.NotReleased: Refusal(409, "Two officers release this file before anybody takes it."),
    council_tax.AlreadyArrived: Refusal(409, "This file has arrived already. It cannot be sent back."),
    council_tax.BooksDiffer: Refusal(409, "The books and this file differ. Nothing may be released."),
    council_tax.AnswerDamaged: Refusal(422, "This answer is damaged. Nothing was taken in."),
    council_tax.AnswerDiffers: Refusal(409, "This file was answered before, otherwise. Nothing was taken in."),
    council_tax.OverReversed: Refusal(409, "That is more than is left of it."),
}

UNLISTED = Refusal(422, "This cannot be done.")


def refusal_of(error: errors.LedgerError) -> Refusal:
    """The line of the table for an error, by its class or the nearest one above it."""
    return next((REFUSALS[kind] for kind in type(error).__mro__ if kind in REFUSALS), UNLISTED)


def status_of(error: errors.LedgerError) -> int:
    """The status that answers this refusal."""
    return refusal_of(error).status


def words_of(error: errors.LedgerError) -> str:
    """What to say about this refusal, its facts filled in."""
    minutes = -(-getattr(error, "retry_after", 60) // 60)
    tries = getattr(error, "tries_left", 0)
    tenths = getattr(error, "tenths", 0)
    reversible = money.format_amount(getattr(error, "reversible", 0))
    return refusal_of(error).words.format(
        minutes="a minute" if minutes == 1 else f"{minutes} minutes",
        tries="1 try left" if tries == 1 else f"{tries} tries left",
        times=f"{tenths // 10}.{tenths % 10}",
        reversible=reversible,
    )


def retry_after_of(error: errors.LedgerError) -> int | None:
    """The whole seconds after which asking again makes sense; None where it does not."""
    if isinstance(error, AnsweredByTwin):
        return 1
    return getattr(error, "retry_after", None)
