"""What web pages leave in saved articles: image labels, share lines, comment forms, footers.

Only whole short lines are recognised, never a part of a paragraph, so an article *about* cookies
or newsletters keeps its sentences. Words that may as well be a heading ("Comments", "Search") count
only beside other residue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.text.sentences import sentence_spans

_MAX_RESIDUE_CHARS = 300
_MAX_TAIL_CHARS = 160
_SITES = (
    r"(?:facebook|twitter|x|linkedin|reddit|whatsapp|telegram|pinterest|tumblr|e?-?mail|threads|"
    r"mastodon|bluesky|pocket|instagram|youtube|tiktok|google\+?|rss|hacker news|flipboard|print)"
)
_SURE = (
    r"images?",
    r"(?:image|photo|picture|photograph)s?(?: credits?| source| courtesy| by)? ?[:|/–-] ?.{1,90}",
    r"(?:image|photo|picture)s? (?:credits?|source|courtesy(?: of)?|by|via) .{1,80}",
    r"(?:getty images|shutterstock|istock|unsplash)(?: ?[/|] ?.{1,60})?",
    r"(?:image|photo) placeholder|featured image|enlarge(?: this)? image|click to enlarge",
    r"advertise?ments?|ad|sponsored(?: content| by .{1,60})?|(?:story|article) continues below.*"
    r"|(?:continue reading|scroll to continue).{0,60}|promoted(?: content)?",
    r"leave a (?:reply|comment)(?: to .{1,60})?(?: cancel reply)?|cancel reply",
    r"(?:your|my) e-?mail address will not be (?:published|shared)\.?"
    r"(?: ?required fields are marked ?\*?)?\.?|required fields are marked ?\*?",
    r"save my name,? e-?mail,?.{0,80}next time i comment\.?|(?:post|submit|add|write) (?:a )?comment",
    r"notify me of (?:new|follow-?up) (?:posts|comments) by e-?mail\.?",
    r"(?:you must be |please )?(?:log ?ged in|log ?in|sign in)(?: or .{1,30})? to (?:post|leave|comment|reply).{0,40}",
    r"this site uses akismet.{0,90}|comments (?:are|have been) (?:closed|off|disabled).{0,40}",
    r"(?:no|\d[\d,]*) (?:comments?|replies|responses|shares|views|likes)(?: yet| so far)?",
    rf"click to (?:share|e-?mail|print|tweet).{{0,90}}|(?:\(?opens in (?:a )?new window\)?)",
    rf"(?:share|tweet|pin|like|follow|save|send|print|e-?mail|post)(?: (?:this|us|me|it|our|the))?"
    rf"(?: (?:article|post|story|page|link))?(?: ?:)?(?: ?(?:on|via|with|to|by|in|/|\||,|and)? ?{_SITES})+",
    r"share (?:this|the) (?:article|post|story|page|entry|link)|share (?:this|on)|like this:?|loading\.{3}|copy (?:link|url)"
    r"|link copied!?|share with friends",
    r"(?:read|see|watch|listen)(?: (?:more|next|also|on|it))?: .{1,130}|read (?:more|next|also)(?: .{0,3})?"
    r"|(?:also read|see also|more on this(?: story| topic)?|further reading)(?:: .{1,130})?:?",
    r"(?:related|recommended|similar|popular|trending|latest|more|top) (?:articles?|posts?|stories|"
    r"news|content|topics|reading|reads|links|videos)(?: for you)?:?|recommended for you:?",
    r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in).{0,30}|most (?:read|popular|viewed)",
    r"(?:sign up|subscribe|register|join)(?: now| today| here)?(?: (?:for|to|and).{0,140})?"
    r"(?:newsletters?|inbox|updates|subscribers|mailing list|podcast|channel)\b.{0,60}",
    r"subscribe(?: now| today| here| to (?:our|the|my) .{1,60})?!?|get (?:our|the|more) .{0,90}"
    r"(?:newsletters?|inbox)\b.{0,60}|enter your e-?mail.{0,60}|thanks? (?:you )?for subscribing.{0,20}",
    r"(?:we|this (?:web)?site|our (?:web)?site)(?: and our partners)? (?:use|uses|store) (?:cookies|and/or access).{0,240}",
    r"by (?:continuing|clicking|using|browsing|signing).{0,120}(?:cookies|terms|privacy policy).{0,80}",
    r"(?:accept|reject|allow|decline)(?: all)?(?: cookies)?|manage (?:cookies|preferences|options|consent)"
    r"|cookies? (?:policy|settings|preferences|notice|consent)|got it!?",
    r"privacy(?: policy| notice)|terms (?:of (?:service|use)|(?:and|&) conditions)"
    r"|do not sell my (?:personal )?info(?:rmation)?",
    r"(?:copyright|©|\(c\)|copyright ©) ?(?:\(c\) ?)?\d{4}.{0,120}|.{0,60}all rights reserved\.?",
    r"(?:proudly )?powered by .{1,40}|(?:filed under|tagged(?: with)?|posted (?:in|under)|tags?|categor(?:y|ies)): ?.{0,120}",
    r"(?:skip to|jump to) (?:main )?(?:content|navigation)|(?:back|return) to (?:top|home)|toggle (?:navigation|menu)",
    r"(?:previous|next|older|newer) (?:post|article|story|page|entry)s?(?: ?[:→»>«←].{0,100})?|[«←].{1,100}|.{1,100}[»→]",
    r"\d{1,3}[ -]min(?:ute)?s?(?: of)? read(?:ing)?|(?:estimated )?reading time:? .{1,30}|listen to this article.{0,30}",
    r"!\[[^\]]*\]\([^)]*\)|\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)",
)
_SURE_LINE = re.compile("|".join(f"(?:{pattern})" for pattern in _SURE), re.IGNORECASE)
_AMBIGUOUS = frozenset(
    """home menu search comments comment email e-mail print share photo photos picture tweet like
    register subscribe login contents recommended follow close about contact news more reply
    submit name website save next previous related topics tags trending advertise careers help
    facebook twitter linkedin reddit whatsapp instagram youtube pinterest rss telegram""".split()
) | frozenset(
    """log in|sign in|sign up|sign out|log out|about us|contact us|follow us|share this|name *|
    email *|comment *|site map|read more|load more|show more|view all|see all|my account""".replace(
        "\n", ""
    ).replace("    ", "").split("|")
)
_PARTS = re.compile(r"\s*[|•·>»/›]\s*|\s{2,}")
_TAIL = re.compile(
    r"leave a (?:reply|comment).{0,80}|your e-?mail address will not be published.{0,60}"
    r"|(?:related|recommended|similar|more) (?:articles|posts|stories|news|content|reading).{0,20}"
    r"|you (?:may|might) also (?:like|enjoy|be interested in).{0,30}|(?:\d+|no) comments?|comments?:?"
    r"|most (?:read|popular|viewed)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*$")


def residue_flags(paragraphs: Sequence[str]) -> list[bool]:
    """Which paragraphs are web residue, for the paragraphs of one article in order.

    After the opening of a comment form or a list of other articles, short lines that are no
    sentences belong to it, and at the end of the article every short line does.
    """
    flags = [_is_sure(paragraph) for paragraph in paragraphs]
    _spread(paragraphs, flags)
    for at, paragraph in enumerate(paragraphs):
        if _TAIL.fullmatch(_plain(paragraph)) and (flags[at] or at > 0):
            _drop_tail(paragraphs, flags, at)
    return flags


def _plain(paragraph: str) -> str:
    """The paragraph as compared: without decoration, blanks made single."""
    return " ".join(paragraph.split()).strip("*_#=~- ") if len(paragraph) <= 400 else paragraph


def _is_sure(paragraph: str) -> bool:
    if len(paragraph) > _MAX_RESIDUE_CHARS:
        return False
    lines = [line for line in re.split(r"[\r\n]+", paragraph) if line.strip()]
    return bool(lines) and all(_is_sure_line(_plain(line), line) for line in lines)


def _is_sure_line(line: str, raw: str) -> bool:
    return bool(_SURE_LINE.fullmatch(line) or _SURE_LINE.fullmatch(raw.strip())) or _is_menu(line)


def _is_menu(line: str) -> bool:
    """Whether a line is a row of site links: at least three parts, most of them known as such."""
    parts = [part.casefold() for part in _PARTS.split(line) if part]
    known = sum(1 for part in parts if part in _AMBIGUOUS or _SURE_LINE.fullmatch(part))
    return len(parts) >= 3 and known >= 0.6 * len(parts)


def _is_ambiguous(paragraph: str) -> bool:
    return len(paragraph) < 40 and _plain(paragraph).casefold().rstrip(":") in _AMBIGUOUS


def _spread(paragraphs: Sequence[str], flags: list[bool]) -> None:
    """Let ambiguous lines join residue beside them, forwards and then backwards."""
    ambiguous = [_is_ambiguous(paragraph) for paragraph in paragraphs]
    for at in range(1, len(flags)):
        beside = flags[at - 1] or ambiguous[at - 1]
        flags[at] = flags[at] or (ambiguous[at] and beside)
    for at in range(len(flags) - 2, -1, -1):
        flags[at] = flags[at] or (ambiguous[at] and flags[at + 1])


def _drop_tail(paragraphs: Sequence[str], flags: list[bool], opener: int) -> None:
    rest = range(opener + 1, len(paragraphs))
    if all(_is_short(paragraphs[at]) for at in rest):
        flags[opener:] = [True] * (len(paragraphs) - opener)
        return
    for at in rest:
        if not flags[at] and (not _is_short(paragraphs[at]) or _reads_on(paragraphs, at)):
            return
        flags[at] = flags[opener]


def _is_short(paragraph: str) -> bool:
    return len(paragraph) <= _MAX_TAIL_CHARS and len(sentence_spans(paragraph)) <= 2


def _reads_on(paragraphs: Sequence[str], at: int) -> bool:
    """Whether a line is a sentence, or stands above a long paragraph as its heading."""
    if _SENTENCE_END.search(paragraphs[at].rstrip()) and len(paragraphs[at].split()) >= 5:
        return True
    return at + 1 < len(paragraphs) and not _is_short(paragraphs[at + 1])
