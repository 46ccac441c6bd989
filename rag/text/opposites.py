"""Words that deny: negations and what they deny, and pairs of words that exclude each other."""

from __future__ import annotations

import re

from rag.text.words import words

_CUES = frozenset(
    """not no never none nobody nothing neither nor without cannot hardly barely scarcely unable
    lack lacks lacked lacking fail fails failed failing deny denies denied refuse refuses refused
    dont doesnt didnt isnt arent wasnt werent wont cant couldnt wouldnt shouldnt hasnt havent hadnt
    n't""".split()
)
_REACH = 3
"""Content words behind a negation that it is taken to deny."""
_PAIRS = """
accept/reject accept/refuse active/inactive add/remove admit/deny agree/disagree alive/dead
allow/forbid allow/prevent allow/ban ancient/modern appear/vanish approve/reject arrive/depart
ascend/descend attack/defend available/unavailable back/front ban/permit before/after begin/end
begin/finish benefit/harm best/worst better/worse big/small birth/death black/white bottom/top
bought/sold buy/sell capable/incapable careful/careless cause/prevent cheap/expensive
close/open cold/hot common/rare complete/incomplete connected/separate construct/demolish
create/destroy dark/light decline/grow decrease/increase deep/shallow defeat/victory
defeated/won demand/supply detect/miss different/same different/identical difficult/easy
dry/wet early/late earlier/later east/west eastern/western effective/ineffective employ/dismiss
empty/full encourage/discourage enemy/friend enter/leave even/odd evening/morning exclude/include
export/import external/internal fail/succeed failure/success fall/rise false/true far/near
fast/slow faster/slower father/son mother/daughter female/male few/many fewer/more find/lose
first/last fresh/stale gain/lose give/take good/bad guilty/innocent hard/soft hate/love
heavy/light high/low higher/lower highest/lowest hire/fire horizontal/vertical husband/wife
king/queen important/unimportant improve/worsen inside/outside junior/senior large/small
larger/smaller largest/smallest least/most legal/illegal less/more likely/unlikely local/foreign
long/short longer/shorter longest/shortest loss/profit loss/win lose/win lost/won loud/quiet
lower/raise lower/upper major/minor majority/minority man/woman men/women maximum/minimum
natural/artificial negative/positive never/always new/old newest/oldest newer/older night/day
north/south northern/southern often/rarely older/younger oldest/youngest oppose/support over/under
above/below particular/general permanent/temporary plus/minus poor/rich popular/unpopular
possible/impossible powerful/weak predecessor/successor presence/absence private/public pull/push
pass/fail raise/cut reduce/increase regular/irregular remember/forget reveal/hide safe/dangerous
simple/complex start/end start/finish start/stop strengthen/weaken strong/weak stronger/weaker
sunrise/sunset teacher/student thick/thin tight/loose top/bottom town/city unique/common
united/divided up/down urban/rural useful/useless victory/loss visible/invisible war/peace
rose/fell rose/dropped grew/shrank began/ended came/went gave/took kept/lost gained/lost
warm/cool wide/narrow winner/loser winter/summer with/without worse/improved young/old
"""


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _PAIRS.split():
        a, b = (next(w.term for w in words(side)) for side in pair.split("/"))
        found.setdefault(a, set()).add(b)
        found.setdefault(b, set()).add(a)
    return {term: frozenset(others) for term, others in found.items()}


OPPOSITES = _opposites()
"""Of a stemmed word, those that exclude it."""
_STOP = re.compile(r"[.;:!?]|, (?:but|and|while|though|although)\b|\bbut\b")


def is_negation(surface: str) -> bool:
    """Whether the word, as written, denies what follows it."""
    folded = surface.casefold().replace("’", "'")
    return folded.endswith("n't") or folded.replace("'", "") in _CUES


def denied(text: str) -> frozenset[str]:
    """The content terms of ``text`` that stand up to three content words behind a negation, in
    the same clause."""
    found: set[str] = set()
    for clause in _STOP.split(text):
        left = 0
        for word in words(clause):
            if is_negation(word.surface) or word.surface == "n":
                left = _REACH
            elif left and not word.is_stop:
                found.add(word.term)
                left -= 1
    return frozenset(found)


def negations(text: str) -> int:
    """How many words of ``text`` deny."""
    return sum(is_negation(word.surface) for word in words(text)) + text.count(" n't")


def opposed(claim: str, evidence: str) -> list[str]:
    """The words of ``claim`` that ``evidence`` lacks while it has their opposite."""
    said = {word.term for word in words(evidence)}
    return [
        word.surface
        for word in words(claim)
        if word.term not in said and OPPOSITES.get(word.term, frozenset()) & said
    ]
