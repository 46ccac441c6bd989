"""What a line of web residue looks like, judged by itself.

Every pattern is for a whole line. Repetitions are bounded or possessive: the lines are untrusted.
"""

from __future__ import annotations

import re

_SITES = (
    r"(?:facebook|twitter|x|linkedin|reddit|whatsapp|telegram|pinterest|tumblr|e?-?mail|threads"
    r"|mastodon|bluesky|pocket|instagram|youtube|tiktok|google\+?|rss|hacker news|flipboard|print)"
)
_NO_STOP = r"(?<![.!?])"
"""What ends with a full stop may be a sentence of the article."""
_IMAGES = (
    r"images?",
    r"(?:image|photo|picture|photograph)s?(?: credits?| source| courtesy| by)?"
    + r"(?: ?[:|/]| [–-] ).{1,90}",
    r"(?:image|photo|picture)s? (?:credits?|source|courtesy(?: of)?|by|via) .{1,80}" + _NO_STOP,
    r"(?:getty images|shutterstock|istock|unsplash)(?: ?[/|] ?.{1,60})?",
    r"(?:image|photo) placeholder|featured image|enlarge(?: this)? image|click to enlarge",
    r"!\[[^\]]*\]\([^)]*\)|\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)",
)
_ADVERTS = (
    r"advertise?ments?|ad|sponsored(?: content| by [^.]{1,60})?|promoted(?: content)?",
    r"(?:story|article) continues below.{0,60}|(?:continue reading|scroll to continue).{0,60}",
)
_COMMENT_FORMS = (
    r"leave a (?:reply|comment)(?: to .{1,60})?(?: cancel reply)?|cancel reply",
    r"(?:your|my) e-?mail address will not be (?:published|shared)\.?"
    + r"(?: ?required fields are marked ?\*?)?\.?",
    r"required fields are marked ?\*?|(?:post|submit|add|write) (?:a )?comment",
    r"save my name,? e-?mail,?.{0,80}next time i comment\.?",
    r"notify me of (?:new|follow-?up) (?:posts|comments) by e-?mail\.?",
    r"(?:you must be |please )?(?:logged in|log ?in|sign in)(?: or .{1,30})? to "
    + r"(?:post|leave|comment|reply).{0,40}",
    r"this site uses akismet.{0,90}|comments (?:are|have been) (?:closed|off|disabled).{0,40}",
    r"(?:no|\d[\d,]*) (?:comments?|replies|responses|shares|views|likes)(?: yet| so far)?",
)
_SHARING = (
    r"click to (?:share|e-?mail|print|tweet)(?: .{1,90})?|\(?opens in (?:a )?new window\)?",
    r"(?:share|tweet|pin|like|follow|save|send|print|e-?mail|post)(?: (?:this|us|me|it|our|the))?"
    + r"(?: (?:article|post|story|page|link))?(?: ?:)?"
    + rf"(?: ?(?:(?:on|via|with|to|by|in|and|/|\||,) ?)?{_SITES})++",
    r"(?:share|tweet|pin|print|save|e-?mail)(?: (?:this|the|it))?(?: (?:article|post|story|page"
    + r"|entry|link|on))?:|(?:share|tweet|pin|print|e-?mail) (?:this|it)",
    r"share (?:this|the) (?:article|post|story|page|entry|link)|share on",
    r"like this:?|loading\.{3}|copy (?:link|url)|link copied!?|share with friends",
)
_OTHER_ARTICLES = (
    r"(?:read|see|watch|listen)(?: (?:more|next|also|on|it))?: .{1,130}" + _NO_STOP,
    r"read (?:more|next|also)(?: .{0,3})?",
    r"(?:also read|see also|more on this(?: story| topic)?|further reading)(?:: .{1,130})?:?",
    r"(?:related|recommended|similar|popular|trending|latest|more|top) "
    + r"(?:articles?|posts?|stories|news|content|topics|reading|reads|links|videos)"
    + r"(?: for you)?:?",
    r"recommended for you:?|most (?:read|popular|viewed)",
    r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in).{0,30}",
    r"(?:previous|next|older|newer) (?:post|article|story|page|entry)s?(?: ?[:→»>«←].{0,100})?",
    r"←.{1,100}|.{1,100}→|«[^»]{1,100}|[^«]{1,100}»",
)
_NEWSLETTERS = (
    r"(?:sign up|subscribe|register|join)(?: now| today| here)?(?: (?:for|to|and).{0,140})?"
    + r"(?:newsletters?|inbox|updates|subscribers|mailing list|podcast|channel)\b.{0,60}",
    r"subscribe(?: now| today| here| to (?:our|the|my) .{1,60})?!?",
    r"get (?:our|the|more) .{0,90}(?:newsletters?|your inbox)\b.{0,60}",
    r"enter your e-?mail.{0,60}|thanks? (?:you )?for subscribing.{0,20}",
)
_LEGAL = (
    r"(?:we|this (?:web)?site|our (?:web)?site)(?: and our partners)? (?:use|uses|store) "
    + r"(?:cookies|and/or access).{0,240}",
    r"by (?:continuing|clicking|using|browsing|signing).{0,80}\byou\b.{0,100}"
    + r"(?:cookies|terms|privacy policy).{0,80}",
    r"(?:accept|reject|allow|decline)(?: all)?(?: cookies)?|got it!?",
    r"manage (?:cookies|preferences|options|consent)",
    r"cookies? (?:policy|settings|preferences|notice|consent)",
    r"privacy(?: policy| notice)|terms (?:of (?:service|use)|(?:and|&) conditions)",
    r"do not sell my (?:personal )?info(?:rmation)?",
    r"(?:copyright ?)?(?:©|\(c\)|copyright) ?\d{4}.{0,120}|.{0,60}all rights reserved\.?",
)
_SITE_PARTS = (
    r"(?:proudly )?powered by .{1,40}",
    r"(?:filed under|tagged(?: with)?|posted (?:in|under)|tags?|categor(?:y|ies)): ?.{0,120}"
    + _NO_STOP,
    r"(?:skip|jump) to (?:main )?(?:content|navigation)|(?:back|return) to (?:top|home)",
    r"toggle (?:navigation|menu)|listen to this article.{0,30}",
    r"\d{1,3}[ -]min(?:ute)?s?(?: of)? read(?:ing)?|(?:estimated )?reading time:? .{1,30}",
)
_SURE = (
    *_IMAGES, *_ADVERTS, *_COMMENT_FORMS, *_SHARING, *_OTHER_ARTICLES, *_NEWSLETTERS, *_LEGAL,
    *_SITE_PARTS,
)  # fmt: skip
_SURE_LINE = re.compile("|".join(f"(?:{pattern})" for pattern in _SURE), re.IGNORECASE)
_AMBIGUOUS = frozenset(
    """home,menu,search,comments,comment,email,e-mail,print,share,photo,photos,picture,tweet,like,
    register,subscribe,login,contents,recommended,follow,close,about,contact,news,more,reply,submit,
    name,website,save,next,previous,related,topics,tags,trending,advertise,careers,help,facebook,
    twitter,linkedin,reddit,whatsapp,instagram,youtube,pinterest,rss,telegram,log in,sign in,
    sign up,sign out,log out,about us,contact us,follow us,share this,name *,email *,comment *,
    site map,load more,show more,view all,see all,my account""".replace("\n    ", "").split(",")
)
_PARTS = re.compile(r"\s*+[|•·>»/›]\s*+|\s{2,}+")
_TAIL = re.compile(
    r"leave a (?:reply|comment).{0,80}|your e-?mail address will not be published.{0,60}"
    r"|(?:related|recommended|similar|more) (?:articles|posts|stories|news|content|reading).{0,20}"
    r"|you (?:may|might) also (?:like|enjoy|be interested in).{0,30}|(?:\d+|no) comments?"
    r"|comments?:?|most (?:read|popular|viewed)",
    re.IGNORECASE,
)
_MAX_CHARS = 300


def is_residue(paragraph: str) -> bool:
    """Whether every line of a short paragraph is residue wherever it stands."""
    if len(paragraph) > _MAX_CHARS:
        return False
    lines = [line for line in re.split(r"[\r\n]+", paragraph) if line.strip()]
    return bool(lines) and all(_is_residue_line(line.strip()) for line in lines)


def may_be_residue(paragraph: str) -> bool:
    """Whether a paragraph is a word or two that sites use and headings too (``Comments``)."""
    return len(paragraph) < 40 and _plain(paragraph).casefold().rstrip(":") in _AMBIGUOUS


def opens_tail(paragraph: str) -> bool:
    """Whether a paragraph begins what follows an article: a comment form, other articles."""
    return len(paragraph) <= _MAX_CHARS and _TAIL.fullmatch(_plain(paragraph)) is not None


def _plain(line: str) -> str:
    """The line as compared: blanks made single, decoration taken off."""
    return " ".join(line.split()).strip("*_#=~- ")


def _is_residue_line(line: str) -> bool:
    plain = _plain(line)
    return bool(_SURE_LINE.fullmatch(plain) or _SURE_LINE.fullmatch(line)) or _is_menu(line)


def _is_menu(line: str) -> bool:
    """Whether a line is a row of site links: at least three parts, most of them known as such."""
    parts = [part.casefold() for part in _PARTS.split(line) if part]
    known = sum(1 for part in parts if part in _AMBIGUOUS or _SURE_LINE.fullmatch(part))
    return len(parts) >= 3 and known >= 0.6 * len(parts)
