"""Given names: whether two of them can be one person's, as initial, nickname, in another spelling or alphabet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from evidence.matching.text import fold, loose
from evidence.model.regex import regex

_NICKNAMES = """
abigail abby gail; abraham abe bram; adelaide addie; albert bert al; aleksandr alexandr oleksandr alexander sasha;
alexander alexandra alex sandy sandra; alfred fred alf; alice allie; amanda mandy; andrew andy drew; ann anne anna
nancy annie hanna hannah; anthony tony toni; arnold arnie; arthur art; augustus gus; barbara barb babs; bartholomew
bart; beatrice bea trixie; benjamin ben benny; bernard bernie; bradley brad; bridget biddy; calvin cal; carl charles
charlie chuck chip; caroline carrie carol; cassandra cassie; catherine katherine kathryn kate katie kathy cathy kitty
kay; charlotte lottie; christine chris chrissie tina; christopher chris kit topher; clarence clare; cynthia cindy;
daniel dan danny; david dave davy; deborah deb debbie debby debra; dennis denny; giuseppe beppe; katarzyna kasia;
dmitri dima mitya; donald don donnie;
dorothy dot dottie dolly; douglas doug; edward ed eddie ned ted teddy; edwin ed; eleanor ellie nell; elisabeth elise
lisa; elizabeth elisabeth liz lizzie beth betty betsy bess libby; emily emma emmy; ernest ernie; eugene gene; evelyn
eve evie; florence flo; frances fran fanny francie; francis frank; francisco paco; frederick fred freddie; gabriel
gabe; gerald jerry gerry; geraldine gerry; gerard jerry; gilbert gil; gregory greg; gwendolyn gwen; harold harry hal;
harriet hattie; helen nell ellen; henry harry hank hal; herbert herb bert; ignacio nacho; irene rena; isaac ike;
isabel bella; ivan vanya; jacob jake; jacqueline jackie; james jim jimmy jamie; jane janet jenny joan; jeffrey jeff
geoffrey geoff; jennifer jen jenny; jeremiah jeremy jerry; jerome jerry; jessica jess; joanna jo johanna; johanna
hanna; johannes hans; john jack johnny jon; jonathan jon; jose pepe; joseph joe joey; josephine jo josie; joshua josh;
judith judy; julia julie; kenneth ken kenny; kimberly kim; laurence lawrence larry; leonard leo len lenny; lewis lou;
lillian lily lil; linda lindy; louise lou; lucille lucy; madeleine maddie lena; magdalena lena; manuel manny manolo;
marcus mark; margaret marge margie maggie meg peggy; margarete greta; maria mary marie molly polly; maria masha;
martha marty patty; martin marty; matilda tilly; matthew matt; maxwell maximilian max; melanie mel; melissa mel missy;
michael mike mick mickey; mikhail mykhailo misha; mildred millie; milton milt; mitchell mitch; morton mort; nathaniel
nathan nat nate; nicholas nick nicky; nikolai mykola; nora eleanor; norman norm; oliver ollie; olivia liv; pamela pam;
patricia pat patty trish tricia; patrick pat paddy; pavel pasha; peter pete; philip phil; priscilla cilla; prudence
pru; rachel shelly; raymond ray; rebecca becky; reginald reg reggie; richard rich rick dick ricky; robert bobbie;
robert rob bob bobby robin bert; roderick rod; rodney rod; roger rodge; roland rollo; ronald ron ronnie; rosemary rose
rosie; rudolph rudy; russell russ; samantha sam; samuel sam sammy; sarah sally sara sadie; sebastian seb bastian;
sharon shari; sidney sid; sophia sophie; stanley stan; stefan steven; stephanie steph; stephen steven steve stefan
stephan; stuart stu; susan sue suzanne susie; susanne susi; sylvester sly; terence terry; theodore ted teddy theo;
theresa teresa terry tess tessa; thomas tom tommy; timothy tim; tobias toby; valentin val; valerie val; victor vic;
victoria vicky tori; vincent vince vinnie; virginia ginny ginger; vladimir volodymyr; walter walt wally; wilfred wilf
fred; william bill billy will willie liam; winifred winnie; yevgeny zhenya; zachary zach zack
"""
_GROUPS = tuple(frozenset(group.split()) for group in _NICKNAMES.split(";"))
_SHORTEST = 3  # letters of a forename that is judged
_SHORTEST_MISSPELT = 4  # letters up to which another letter makes another name
_MOST_WORDS = 4
_LONGEST_INITIALS = 4

# One sound, one letter: of names that were written in another alphabet.
_SOUNDS = (
    (regex(r"tch|tsch|ch|tsh|cz|zh|dj|dzh|sch|sh|ts|tz"), "c"),
    (regex(r"ph"), "f"),
    (regex(r"x"), "ks"),
    (regex(r"ck|kh|gh|q|h(?=k)"), "k"),
    (regex(r"c(?=[aourlt]|$)"), "k"),
    (regex(r"th|dh"), "t"),
    (regex(r"[wv]"), "v"),
    (regex(r"z"), "s"),
    (regex(r"(?<=.)h"), ""),
    (regex(r"[jy]"), "i"),
    (regex(r"eo|o[uo]"), "u"),
    (regex(r"ee|ii+"), "i"),
)
_NICKNAME = regex(r"(\w{3,})(?:ie|ey)|(\w{2,}(\w))\3[yi]")
_VOWELS = regex(r"[aeiou]+")
_DOUBLED = regex(r"(.)\1+")
_LEAST_CONSONANTS = 3


def contradict(printed: Sequence[str], recorded: Sequence[str]) -> bool:
    """Whether given names as printed cannot be the record's: both hold a forename, and none is a form of another.

    Where one side begins with an initial, its forename is a second one: `J Robert` may be Jack.
    """
    here, there = _forenames(printed, recorded), _forenames(recorded, printed)
    if not _is_judged(here) or not _is_judged(there):
        return False
    if have_a_form(printed, recorded):
        return False
    return not (_begins_with_initial(printed, here, there) or _begins_with_initial(recorded, there, here))


def have_a_form(printed: Sequence[str], recorded: Sequence[str]) -> bool:
    """Whether a forename as printed is a form of one of the record's."""
    here, there = _forenames(printed, recorded), _forenames(recorded, printed)
    return any(are_forms(one, other) for one in _runs(here) for other in _runs(there))


def _begins_with_initial(words: Sequence[str], names: Sequence[str], others: Sequence[str]) -> bool:
    first = fold(words[0])
    return first not in names and first[:1] == others[0][:1]


def _forenames(words: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """The forenames among words, folded: without initials, single or in a run of capitals (`LCPGM`)."""
    letters = "".join(fold(word)[:1] for word in others)
    return tuple(
        fold(word)
        for word in words
        if len(word) > 1 and not (word.isupper() and (len(word) <= _LONGEST_INITIALS or is_within(fold(word), letters)))
    )


def is_within(short: str, long: str) -> bool:
    """Whether the letters of one are among those of the other, in their order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def _is_judged(names: Sequence[str]) -> bool:
    return len("".join(names)) >= _SHORTEST


def _runs(names: Sequence[str]) -> list[str]:
    """Each name, and neighbours as one: `Yu-An` and `Yu An` are Yuan."""
    ends = range(1, len(names) + 1)
    return ["".join(names[start:end]) for end in ends for start in range(max(0, end - _MOST_WORDS), end)]


@lru_cache(1 << 14)
def are_forms(one: str, other: str) -> bool:
    """Whether two folded forenames are forms of one: equal, shortened, a nickname, or spelt otherwise."""
    short, long = sorted((one, other), key=len)
    if short == long or (len(short) >= _SHORTEST and long.startswith(short)):
        return True
    if len(short) < _SHORTEST:
        return False
    if _is_nickname(short, long) or any(short in group and long in group for group in _GROUPS):
        return True
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - only where something differs

    allowed = 0 if len(short) <= _SHORTEST_MISSPELT else 1 if len(short) < 2 * _SHORTEST_MISSPELT else 2
    near = one[0] == other[0] and OSA.distance(loose(one), loose(other), score_cutoff=allowed) <= allowed
    return near or _sounds_alike(short, long)


def _is_nickname(short: str, long: str) -> bool:
    """`Katie`, `Danny`, `Jonni`, `Charlie`: the beginning with a nickname's ending."""
    found = _NICKNAME.fullmatch(short)
    return found is not None and long.startswith(found[1] or found[2])


def _sounds_alike(one: str, other: str) -> bool:
    """The same sounds, or the same consonants around as many vowels: Muhammad and Mohamed."""
    sounds, others = _sound(one), _sound(other)
    if sounds == others:
        return True
    consonants, *vowels = _VOWELS.sub("", sounds).replace("ks", "x"), *_VOWELS.findall(sounds)
    other_consonants, *other_vowels = _VOWELS.sub("", others).replace("ks", "x"), *_VOWELS.findall(others)
    return (
        len(consonants) >= _LEAST_CONSONANTS
        and consonants == other_consonants
        and len(vowels) == len(other_vowels)
        and (sounds[0] in "aeiou") == (others[0] in "aeiou")
    )


@lru_cache(1 << 14)
def _sound(name: str) -> str:
    for pattern, letter in _SOUNDS:
        name = pattern.sub(letter, name)
    return _DOUBLED.sub(r"\1", name) or name
