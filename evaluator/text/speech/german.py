"""How German declines, asks and greets."""

from __future__ import annotations

from evaluator.text.speech.speech import Speech, any_of, marks

_SOURCE = (
    r"(?:kontext|dokument\w*|unterlagen?|text(?:e|en|es|s)?|artikels?|quellen?|ausz[uü]g\w*|passagen?|abschnitt\w*"
    r"|materiali?\w*|handb[uü]ch\w*|dateien?|seiten?|daten|wissensdatenbank|suchergebniss\w*|informationen)"
)
_KNOWLEDGE = (
    r"(?:informationen?|infos?|angaben?|hinweise?|antwort(?:en)?|daten|details|erw[äa]hnung|auskunft|kenntnisse?"
    r"|zugriff)"
)
_TOLD = (
    r"(?:erw[äa]hnt|genannt|angegeben|beschrieben|behandelt|enthalten|zu finden|aufgef[üu]hrt|beantwortet"
    r"|erl[äa]utert|thematisiert|dokumentiert)"
)

GERMAN = Speech(
    marks=marks(
        """nicht nichts kein keine keinen keiner keines keinem unsicher hallo tag morgen abend gott willkommen
        servus moin gern gerne bitte problem danken dank danke leid entschuldigung entschuldigen sorry
        leider melden melde lassen lass sagen fragen nennen teilen geben senden schicken präzisieren
        formulieren beschreiben helfe bin hilfe schönen hoffe ja nein klar natürlich sicher gut ok okay
        unbekannt passen überfragt"""
    ),
    declines=any_of(
        r"\bmuss ich (?:leider )?passen\b|\bich bin (?:da )?(?:leider )?überfragt\b|\bbin ich (?:leider"
        r" )?überfragt\b",
        r"\b(?:wei(?:ß|ss) ich|ich wei(?:ß|ss)|wissen wir|wir wissen)(?: \w+){0,3} nicht\b",
        r"\b(?:kann|k[öo]nnte?|darf|konnte|m[öo]chte|werde) ich\b[^,;]{0,60}\b(?:nicht|keine?n?|nichts)\b",
        r"\bich (?:kann|konnte|darf|m[öo]chte|werde)\b[^,;]{0,60}\b(?:nicht|keine?n?|nichts)\b",
        rf"\b(?:habe|finde|sehe|besitze) ich\b[^,;]{{0,40}}\b(?:nichts|keine?n? (?:\w+ )?{_KNOWLEDGE}|nicht)\b",
        rf"\bich (?:habe|finde|sehe|fand|besitze)\b[^,;]{{0,40}}\b(?:nichts|keine?n? (?:\w+ )?{_KNOWLEDGE}"
        r"|nicht gefunden)\b",
        r"\b(?:liegen|liegt) (?:mir|uns)\b[^,;]{0,40}\b(?:keine?|nicht vor)\b",
        rf"\b{_SOURCE}\b[^,;]{{0,60}}\b(?:enth[äa]lt|enthalten|gibt|geben|liefert|liefern|macht"
        rf"|machen)\b[^,;]{{0,30}}\bkeine?n? (?:\w+ )?{_KNOWLEDGE}",
        rf"\b{_SOURCE}\b[^,;]{{0,60}}\b(?:erw[äa]hnt|erw[äa]hnen|nennt|nennen|sagt|sagen|behandelt|behandeln"
        r"|beantwortet"
        r"|beantworten|beschreibt|beschreiben)\b[^;]{0,60}\b(?:nicht|nichts|keine?n?)\b",
        rf"\b(?:nicht|nichts|keine?) [^,;]{{0,40}}\b(?:in|aus) (?:de[nmr]|diese[nmr]|meinen|unseren|ihren)"
        rf"(?: \w+){{0,3}} {_SOURCE}",
        rf"\b(?:im|in (?:de[nmr]|diese[nmr]|meinen|unseren|ihren))(?: \w+){{0,3}} {_SOURCE}\b[^,;]{{0,40}}\b(?:nicht"
        rf"|nichts|keine?)\b(?: \w+){{0,3}}(?: {_TOLD}| (?:steht|stehen|finden|{_KNOWLEDGE})|\W*$)",
        rf"\bgeht (?:aus|daraus)\b[^;]{{0,60}}\bnicht hervor\b|\b{_SOURCE} geht (?:nicht|das nicht)\b",
        rf"\bes gibt (?:dazu |hierzu |leider )*keine?n? (?:\w+ )?{_KNOWLEDGE} ?(?:dazu|hierzu|[üu]ber|zu[mr]?|in"
        r"|im)\b",
        rf"\b(?:dazu|hierzu|dar[üu]ber)\b[^,;]{{0,40}}\bkeine?n? (?:\w+ )?{_KNOWLEDGE}",
        r"\bfrage\b[^,;]{0,60}\bnicht beantwort",
        rf"\bkeine (?:\w+ )?{_KNOWLEDGE} (?:dazu |hierzu )?(?:verf[üu]gbar|vorhanden|gefunden)\b",
        r"\bin den \w+ steht (?:es|das|dies) nicht\b|\bsteht (?:es|das|dies|dazu|hierzu)?(?: leider)? ?nicht(?:s)? "
        r"(?:in|im)\b",
        rf"\bwird (?:das|dies|es)?[^,;]{{0,20}}\bnicht (?:{_TOLD})\b",
        r"\b(?:bin (?:ich )?(?:mir )?(?:nicht|un)) ?sicher\b",
    ),
    courtesy=any_of(
        r"(?:hallo|guten (?:tag|morgen|abend)|gr[üu](?:ß|ss) gott|willkommen|servus|moin)(?: [\w ]{0,30})?",
        r"(?:gern(?:e)?(?: geschehen)?|bitte(?: sch[öo]n| sehr)?|kein problem|nichts zu danken)",
        r"(?:vielen |herzlichen |besten )?dank(?:e)?(?: (?:f[üu]r|im voraus|sch[öo]n|dir|ihnen)[^,;]{0,60})?",
        r"(?:es )?tut (?:mir|uns) (?:sehr |wirklich )?leid(?: f[üu]r [^,;]{0,60})?|"
        r"(?:bitte )?entschuldigen sie [^,;]{0,60}|entschuldigung|sorry|leider",
        r"(?:melden sie sich|melde dich|lassen sie (?:es )?mich|lass (?:es )?mich|sagen sie mir|fragen sie)\b[^,;]*",
        r"(?:bitte )?(?:nennen|teilen|geben|senden|schicken|sagen|pr[äa]zisieren|formulieren|beschreiben) sie (?:mir"
        r"|uns|ihre|bitte|das|genauer)\b[^,;]*",
        r"ich helfe (?:ihnen|dir)?\b[^,;]*|ich bin (?:nur )?(?:eine? )?(?:ki|k[üu]nstliche|sprachmodell|assistent"
        r"|chatbot)\w*[^,;]*",
        r"(?:wenn|falls) sie (?:noch )?(?:weitere |andere )?(?:fragen|hilfe)\b[^,;]*",
        r"einen sch[öo]nen [^,;]*|ich hoffe[^,;]{0,10}(?:das hilft|, das hilft)[^,;]*",
        r"(?:ja|nein|klar|nat[üu]rlich|sicher|gut|ok|okay)",
        r"(?:unbekannt|keine angaben?|nicht (?:angegeben|erw[äa]hnt|bekannt)|keine ahnung)",
    ),
    opening=any_of(
        r"(?:aber|und|also|doch|jedoch|allerdings|leider|obwohl|da|weil) ",
        r"(?:(?:es )?tut mir (?:sehr )?leid|leider)(?:[,:!]? |$)",
        r"(?:entschuldigung|hallo|danke|ja|nein|nat[üu]rlich|klar)(?:[,:!] |$)",
        r"(?:laut|gem[äa](?:ß|ss)|nach|basierend auf|aus|auf grundlage|anhand)"
        rf" [^,;]{{0,60}}\b{_SOURCE}\b[^,;]{{0,30}}$",
    ),
    turns=any_of(
        r"[,;:]? (?:aber|jedoch|allerdings|sondern|doch|weil|denn|obwohl|w[äa]hrend|dennoch|trotzdem|deshalb|daher) ",
        r"; ",
    ),
    parts=any_of(
        r", (?:und |oder )?",
        r" und (?=(?:ich|wir|sie|er|es|der|die|das|ihre?|unsere?|alle) )",
        r" [-–—]+ ",
        r"— ?",
        r": ",
    ),
    goes_on=any_of(
        r"(?:ob|wie|was|wann|wo|wer|wen|wem|wessen|warum|wieso|welche\w*|wenn|falls|dass|oder|noch|sowie|zum beispiel"
        r"|f[üu]r|zu[mr]?|[üu]ber|um|bevor|damit)\b",
    ),
    states=any_of(
        r"\b(?:ist|sind|war|waren|hat|hatte|kann|k[öo]nnen|wird|werden|betr[äa]gt|betragen|kostet|kosten|gilt|gelten"
        r"|muss|m[üu]ssen|dauert|dauern|liegt|liegen|darf|d[üu]rfen|gibt|[öo]ffnet|schlie(?:ß|ss)t|bietet|enth[äa]lt"
        r"|deckt)\b",
    ),
    asks=any_of(
        r"(?:und |oder |also )?(?:was|wer|wen|wem|wie|wo|wohin|woher|wann|warum|wieso|weshalb|welche\w*|wozu"
        r"|wof[üu]r|worum|k[öo]nn\w+|kann\w*|m[öo]cht\w+|haben|hast|habt|ist|sind|bist|wollen|willst|soll\w*|darf\w*"
        r"|d[üu]rf\w+|meinen|meinst|brauch\w+|geht|gibt|w[üu]rde\w*|suchen|suchst|handelt|in welche\w*"
        r"|f[üu]r welche\w*|auf welche\w*|noch)\b",
    ),
    tells=any_of(
        r"^\W*(?:wussten|wissen) sie(?: schon| eigentlich)?, dass\b",
        r"^\W*(?:wusstest|wei(?:ß|ss)t) du(?: schon| eigentlich)?, dass\b",
        r", (?:oder|nicht wahr|richtig|stimmt[’']?s?|gell|nicht|oder nicht|korrekt)\W*$",
    ),
)
