"""Copies of one story among the passages found for a question."""

from __future__ import annotations

from rag.retrieval.duplicates import Distinct, distinct
from rag.text.sentences import sentence_spans
from rag.types import Chunk, Span

STORY = (
    "The harbour board approved the new bridge on Tuesday after a long debate. "
    "It will cost 40 million euros and carry trams as well as bicycles. "
    "Critics in Oldtown did not oppose the plan, but asked for wider pavements. "
    "Work begins when the fishing season ends, and ferries sail until then."
)


def passage(document: str, text: str = STORY, *, start: int = 0) -> Chunk:
    return Chunk(
        id=f"{document}-{start}",
        document_id=document,
        span=Span(start, start + len(text)),
        text=text,
        sentences=tuple(sentence_spans(text)),
        headings=(),
        title=document,
        source=f"/articles/{document}",
        date="",
    )


def kept(*chunks: Chunk, k: int = 5) -> list[Distinct]:
    return distinct(chunks, k)


def test_five_copies_of_a_story_leave_four_places_to_others() -> None:
    copies = [passage(f"{n}.md", STORY.replace(" ", "\n" if n % 2 else " ")) for n in range(5)]
    others = [passage(f"o{n}.md", f"Story {n} tells of entirely other things.") for n in range(4)]
    found = kept(*copies, *others)
    assert [d.place for d in found] == [0, 5, 6, 7, 8]
    assert found[0].copies == ("1.md", "2.md", "3.md", "4.md")


def test_a_copy_with_a_few_words_edited_is_a_copy() -> None:
    text = STORY.replace("a long debate", "a lengthy debate").replace("wider", "broader")
    assert kept(passage("a.md"), passage("b.md", text)) == [Distinct(0, ("b.md",))]


def test_a_copy_with_another_figure_stays() -> None:
    text = STORY.replace("40 million", "45 million")
    assert [d.place for d in kept(passage("a.md"), passage("b.md", text))] == [0, 1]


def test_a_copy_with_another_day_stays() -> None:
    text = STORY.replace("Tuesday", "Monday")
    assert [d.place for d in kept(passage("a.md"), passage("b.md", text))] == [0, 1]


def test_a_copy_with_another_name_stays() -> None:
    text = STORY.replace("Oldtown", "Newport")
    assert [d.place for d in kept(passage("a.md"), passage("b.md", text))] == [0, 1]


def test_a_copy_that_denies_what_the_first_says_stays() -> None:
    text = STORY.replace("It will cost", "It will not cost")
    assert [d.place for d in kept(passage("a.md"), passage("b.md", text))] == [0, 1]


def test_a_copy_that_leaves_a_denial_out_stays() -> None:
    text = STORY.replace("did not oppose", "did oppose")
    assert [d.place for d in kept(passage("a.md"), passage("b.md", text))] == [0, 1]


def test_a_copy_that_says_the_opposite_stays() -> None:
    text = STORY.replace("season ends", "season begins")
    assert [d.place for d in kept(passage("a.md"), passage("b.md", text))] == [0, 1]


def test_two_figures_that_changed_places_are_no_copy() -> None:
    rest = STORY.partition(". ")[2]
    first = f"The north pier cost 3 million and the south pier cost 8 million. {rest}"
    second = f"The north pier cost 8 million and the south pier cost 3 million. {rest}"
    assert [d.place for d in kept(passage("a.md", first), passage("b.md", second))] == [0, 1]


def test_two_names_that_changed_places_are_no_copy() -> None:
    rest = STORY.partition(". ")[2]
    first = f"Yesterday Alba lent money to Borea. {rest}"
    second = f"Yesterday Borea lent money to Alba. {rest}"
    assert [d.place for d in kept(passage("a.md", first), passage("b.md", second))] == [0, 1]


def test_a_copy_with_a_new_sentence_stays_even_if_it_is_a_short_one() -> None:
    text = f"{STORY} Some shopkeepers complained loudly."
    assert [d.place for d in kept(passage("a.md"), passage("b.md", text))] == [0, 1]


def test_a_copy_cut_at_other_places_is_found_in_two_passages_together() -> None:
    more = (
        "The mayor thanked everybody who had written to the council. "
        "A model of the bridge stands in the library until spring. "
        "Children may paint the fence around the building site. "
        "The old pier stays open for anglers and swimmers."
    )
    first, second = STORY.split(". "), more.split(". ")
    across = ". ".join(first[2:] + second[:2]).replace("until then. The", "until then. The") + "."
    whole = [passage("a.md", STORY), passage("a.md", more, start=1000)]
    assert kept(*whole, passage("b.md", across.replace("then.. ", "then. "))) == [
        Distinct(0, ("b.md",)),
        Distinct(1, ()),
    ]


def test_an_article_that_repeats_itself_nearly_is_left_alone() -> None:
    text = STORY.replace("a long debate", "a lengthy debate")
    again = passage("a.md", text, start=1000)
    assert [d.place for d in kept(passage("a.md"), again)] == [0, 1]


def test_equal_words_of_one_article_are_given_once_and_are_no_copy() -> None:
    assert kept(passage("a.md"), passage("a.md", start=1000)) == [Distinct(0, ())]


def test_copies_behind_the_last_place_are_still_named() -> None:
    chunks = [passage("a.md"), passage("o.md", "Another story altogether."), passage("b.md")]
    assert kept(*chunks, k=1) == [Distinct(0, ("b.md",))]


def test_nothing_gives_nothing() -> None:
    assert kept() == []
    assert kept(passage("a.md"), k=0) == []
