"""Computing, animals, plants and the body: English words with a harmless sense."""

from __future__ import annotations

import re

from evaluator.text.lookalikes.lookalike import PEOPLE, Lookalike, whole_words

_MEANS = {
    "kill": "stop",
    "kills": "stops",
    "killed": "stopped",
    "killing": "stopping",
    "abort": "cancel",
    "aborts": "cancels",
    "aborted": "cancelled",
    "aborting": "cancelling",
    "nuke": "delete",
    "strip": "reduce",
    "dump": "save",
    "zombie": "finished",
    "zombies": "finished ones",
    "orphan": "single",
    "orphans": "single ones",
    "orphaned": "unused",
    "child": "lower",
    "children": "lower ones",
    "parent": "upper",
    "parents": "upper ones",
    "slave": "secondary",
    "slaves": "secondaries",
    "master": "primary",
    "masters": "primaries",
    "dies": "ends",
    "died": "ended",
    "dead": "inactive",
    "dummy": "empty",
    "garbage": "memory",
}
"""What is said of programs and devices, in plain words."""
_DEVICE = (
    r"(?:process(?:es)?|threads?|daemons?|tasks?|jobs?|sessions?|transactions?|scripts?|containers?|pods?|nodes?"
    r"|sockets?|connections?|programs?|instances?|databases?|replicas?|branch(?:es)?|builds?|commands?|pids?"
    r"|requests?|quer(?:y|ies)|binar(?:y|ies)|tabs?|windows?|components?|elements?|themes?|class(?:es)?|pages?"
    r"|devices?|clocks?|bus(?:es)?|modes?|servers?|clusters?|workers?|shells?|terminals?|tickets?)"
)
_NAMED = (
    r"(?:(?:the|a|an|all|any|every|each|this|that|these|those|its|your|my|our|one|both|running|parent|child|zombie"
    r"|orphan(?:ed)?|stale|old|hung|stuck|stalled|remaining|background|slave|master|dead|idle|root|main|whole|entire"
    r"|current|database|python|java|shell|web|batch|system|other|frozen|unresponsive) ){0,5}"
)
_SYSTEM = whole_words(
    r"process(?:es)?|threads?|daemons?|sigkill|sigterm|kernel|linux|unix|ctrl|kubernetes|docker|databases?|replicas?"
    r"|replication",
    r"nodes?|mutex|lock|heap|pointers?|memory|oom|sockets?|jobs?|queue|cluster|cache|index|sessions?|binary"
    r"|repository",
)
_SAID_OF_PEOPLE = whole_words(PEOPLE)
_SEX = (
    r"suck\w*|lick\w*|fuck\w*|stick|shove|grab\w*|rap(?:e|ed|ing)|kiss\w*|horny|cut off|tiny|jerk\w*|wank\w*|sluts?"
    r"|whores?|show me|send me|pics?|sexy|feels?|virgins?|pierced|princess|wet|inside|in your|your m[ou]m|did"
)
_DOGS = whole_words(r"pupp(?:y|ies)|pups?|litters?|whelp\w*|kennels?|breed(?:s|ing|ers?)?|spay\w*|in heat")
_NEAR_SPEAKER = r"i|im|i['’]m|me|my|we|our|this|that|wife|girlfriend|boyfriend|mother|mom|one|rt|ass"
_BIRDS = whole_words(
    r"birds?|hens?|eggs?|nests?|chicks?|crow(?:s|ed|ing)?|feathers?|poultry|rooster|species|wings?|farm|feeder"
)
_HOOVES = whole_words(r"donkeys?|horses?|mules?|mares?|hooves|foals?|zebra|equids?|savannah|hay|saddle|wild|relative")
_BODY = (
    r"penis(?:es)?|penile|vaginal?|anus|anal|rect(?:al|um)|testic(?:les?|ular)|scrotum|nipples?|breasts?|sperm|semen"
    r"|condoms?|intercourse|erectile|erection|genitals?|stool|f(?:a)?eces|foreskin|clitoris|vulva|sexual|menstrual"
)
_CARE = whole_words(
    r"patients?|doctors?|physicians?|surge\w+|cancers?|tumou?rs?|infect\w*|symptoms?|swollen|swelling|bleed\w*|blood"
    r"|pain\w*",
    r"itch\w*|treat\w*|therap\w*|diagnos\w*|examin\w*|urolog\w*|gyn\w+|hospitals?|swabs?|samples?|diseases?|virus\w*",
    r"screening|clinic\w*|ultrasound|biops\w*|medic\w*|ointment|creams?|lumps?|vasectomy|prostate|contracept\w*"
    r"|pregnan\w*",
    r"hormon\w*|bab(?:y|ies)|milk|discharge|dysfunction|counts?|warts?|hemorrhoids?|fissures?|sore|inverted"
    r"|vaccin\w*|hiv",
    r"sti|std|protect\w*",
    _BODY,
)

_CONDEMNED = whole_words(
    r"insult\w*|rude|offen[sc]\w*|unacceptable|not acceptable|inappropriate|hurtful|slurs?|apologi[sz]e\w*|derogatory"
    r"|disrespect\w*|harass\w*|bully\w*|abus\w*|hate speech|toxic\w*|profan\w*|vulgar|violat\w*"
)
_SPOKEN = (
    r"(?:wr(?:ote|ites?|iting)|written|sa(?:ys?|id|ying)|call(?:s|ed|ing)?|words?|terms?|phrases?|messages?|comments?"
    r"|texts?|posts?|content|reads?|us(?:es?|ed|ing)|like|such as|expressions?|sentences?)"
)

COMPUTING = (
    Lookalike(
        ("dumb ",),
        re.compile(r"(?i)\b(dumb)(?= (?:terminals?|pipes?|phones?|switch(?:es)?|quotes?|luck)\b)"),
        "simple",
    ),
    Lookalike(
        ("weak",),
        re.compile(
            r"(?i)\b(?:passwords?|pass ?phrases?|keys?|ciphers?|signals?|connections?|hash(?:es)?|batter(?:y|ies))"
            r" (?:is|are|looks?|seems?) (?:too |very |quite )?(weak)\b"
        ),
        "short",
    ),
    Lookalike(
        ("kill", "abort", "nuke", "strip", "dump"),
        whole_words(rf"(?:kill(?:s|ed|ing)?|abort(?:s|ed|ing)?|nuke|strip|dump)(?= {_NAMED}{_DEVICE}\b)"),
        _MEANS,
    ),
    Lookalike(
        (" killed", " aborted"),
        re.compile(rf"(?i)\b{_DEVICE} (?:\w+ ){{0,3}}(?:is|was|were|are|be|been|being|gets?|got) (killed|aborted)\b"),
        _MEANS,
    ),
    Lookalike(
        ("child", "parent", "zombie", "orphan", "slave", "master", "dead ", "dummy "),
        whole_words(
            rf"(?:child|children|parent|zombie|orphan|orphaned|slave|master|dead|dummy)(?= (?:[\w-]+ )?{_DEVICE}\b)"
        ),
        _MEANS,
    ),
    Lookalike(("garbage c",), re.compile(r"(?i)\b(garbage)(?= collect)"), _MEANS),
    Lookalike(tuple(_MEANS), whole_words(*_MEANS), _MEANS, _SYSTEM, _SAID_OF_PEOPLE),
)
NATURE = (
    Lookalike(
        ("bitch",),
        whole_words("bitch", "bitches"),
        {"bitch": "dog", "bitches": "dogs"},
        _DOGS,
        whole_words(PEOPLE, _NEAR_SPEAKER),
    ),
    Lookalike(
        ("cock", "tit", "boob"),
        whole_words("cocks?", "tits?", "boob(?:y|ies)"),
        "bird",
        _BIRDS,
        whole_words(PEOPLE, _SEX),
    ),
    Lookalike(
        ("ass",), whole_words("ass", "asses"), {"ass": "mule", "asses": "mules"}, _HOOVES, whole_words(PEOPLE, _SEX)
    ),
    Lookalike(("pussy",), re.compile(r"(?i)\b(pussy)(?=[ -](?:willow|foot))"), "grey"),
    Lookalike(("horny",), re.compile(r"(?i)\b(horny)(?=[ -](?:toads?|goat))"), "small"),
    Lookalike(("idiot ",), re.compile(r"(?i)\b(idiot)(?= (?:lights?|lamps?|boards?|mittens|strings)\b)"), "warning"),
    Lookalike(
        ("faggot", "fagot"),
        whole_words("fagg?ots?"),
        "bundles",
        whole_words(r"meatballs?|sticks|firewood|kindling|gravy|butcher\w*|bouquet|twigs|brushwood"),
        whole_words(PEOPLE),
    ),
    Lookalike(
        ("retard",),
        re.compile(r"(?i)\b(?:mental|growth|psychomotor|intrauterine growth) (retardation)\b"),
        "delay",
    ),
    Lookalike(
        ("retarded ",),
        re.compile(r"(?i)\b(retarded)(?= (?:potentials?|times?|interactions?|positions?)\b)"),
        "delayed",
    ),
    Lookalike(("rape",), re.compile(r"(?i)\b(rape)(?=[ -]?seeds?\b)"), "corn"),
    Lookalike(("bastard ",), re.compile(r"(?i)\b(bastard)(?= (?:files?|sword|toadflax|operator))"), "coarse"),
    Lookalike(
        ("niggardl",), whole_words("niggardly", "niggardliness"), {"niggardly": "meagre", "niggardliness": "thrift"}
    ),
)
QUOTED = (  # what somebody else said, and what is thought of it
    Lookalike(
        ("'", '"', "‘", "“", "«", "„"),
        re.compile(rf"(?i)\b{_SPOKEN}:? (?:\w+ ){{0,3}}['\"‘“«„]([^'\"‘’“”«»„]{{1,80}})['\"’”»“]"),
        "these words",
        _CONDEMNED,
    ),
    Lookalike(
        ("call",),
        re.compile(
            r"(?i)\bcall(?:ing|ed)? (?:somebody|someone|people|others|anyone|a (?:person|user|customer)) (?:an? )?"
            r"([\w-]{1,30})(?= (?:is|was)\b)"
        ),
        "names",
        _CONDEMNED,
    ),
)
_BODY_LITERALS = (
    *("peni", "vagina", "anus", "anal", "rect", "testic", "scrotum", "nipple", "breast", "sperm", "semen", "condom"),
    *("intercourse", "genital", "stool", "feces", "faeces", "foreskin", "clitoris", "vulva", "sexual", "menstrual"),
)
MEDICINE = (Lookalike(_BODY_LITERALS, whole_words(_BODY), "knee", _CARE, whole_words(_SEX), often=2),)
