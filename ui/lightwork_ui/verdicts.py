"""What became of a contribution, in words and with a sign whose shape tells it too."""

from lightwork.domain.sentences import REASONS, Sentence
from lightwork.domain.states import ContributionState
from lightwork.domain.untrusted import untrusted
from lightwork_ui.text import sentence_text, tr
from lightwork_ui.tokens import Colours

SIGNS = {
    ContributionState.SENDING: "up",
    ContributionState.PENDING: "state-waiting",
    ContributionState.VERIFIED: "check",
    ContributionState.REJECTED: "close",
    ContributionState.RETURNED: "undo",
}


def state_of(name: str) -> ContributionState | None:
    """The state with this name; None for one that a newer node may know."""
    return next((state for state in ContributionState if state.value == name), None)


def verdict_words(name: str) -> str:
    """In the person's language."""
    state = state_of(name)
    if state is None:
        return untrusted(name, 40)
    return {
        ContributionState.SENDING: tr("Sending"),
        ContributionState.PENDING: tr("Pending"),
        ContributionState.VERIFIED: tr("Verified"),
        ContributionState.REJECTED: tr("Rejected"),
        ContributionState.RETURNED: tr("Returned"),
    }[state]


def verdict_colour(state: ContributionState | None, colours: Colours) -> str:
    """The colour of its sign."""
    if state is ContributionState.VERIFIED:
        return colours.good
    if state is ContributionState.REJECTED:
        return colours.danger
    return colours.amber if state is ContributionState.RETURNED else colours.muted


def reason_words(reason: str) -> str:
    """Why: the sentence of a reason that is known, else the name that the host gave, as plain text."""
    if not reason:
        return ""
    known = REASONS.get(reason)
    return sentence_text(Sentence(known)) if known else untrusted(reason, 120)
