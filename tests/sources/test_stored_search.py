"""The store as a searcher of records that were kept before."""

from evidence.model.outcomes import Candidates, Cause, SearchQuery, Unavailable
from evidence.model.records import Article, Author
from evidence.sources.search import SkippedSearcher, StoredSearch
from factories import pmid

SOCKS = Article(
    pmid(1), "Warm socks in arctic explorers.", authors=(Author("Winter", "Jo", "J"),), volume="65", pages="529-38"
)
SOUP = Article(
    pmid(2), "Cabbage soup in arctic explorers.", authors=(Author("Kohl", "Ro", "R"),), volume="12", pages="9"
)


def found(kept, *wanted):
    return list(StoredSearch(lambda: kept).find(wanted))


def test_a_kept_record_is_found_by_its_words_the_likeliest_first():
    assert found([SOUP, SOCKS], SearchQuery("…", "Winter", title="Warm socks in arctic explorers")) == [
        Candidates((pmid(1), pmid(2)))
    ]


def test_a_kept_record_is_found_by_author_and_place():
    assert found([SOUP, SOCKS], SearchQuery("…", "Winter", volume="65", first_page="529")) == [Candidates((pmid(1),))]


def test_one_word_in_common_finds_nothing():
    assert found([SOCKS], SearchQuery("…", title="Explorers of the deep sea")) == [Candidates()]


def test_words_of_very_many_records_do_not_find_them():
    crowd = [Article(pmid(n), "Arctic explorers at home.") for n in range(10, 400)]
    assert found([*crowd, SOCKS], SearchQuery("…", "Kohl", title="Soup for arctic explorers")) == [Candidates()]


def test_the_store_is_read_once_and_only_when_something_is_looked_for():
    reads = []

    def kept():
        reads.append(1)
        return [SOCKS]

    finder = StoredSearch(kept)
    assert list(finder.find([])) == []
    assert reads == []
    list(finder.find([SearchQuery("…")]))
    list(finder.find([SearchQuery("…")]))
    assert reads == [1]


def test_who_is_not_asked_says_why_for_every_citation():
    silence = Unavailable("offline", Cause.OFFLINE)
    assert list(SkippedSearcher("the services", "offline").find([SearchQuery("a"), SearchQuery("b")])) == [
        silence,
        silence,
    ]
