"""How Italian declines, asks and greets."""

from __future__ import annotations

from evaluator.text.speech.speech import Speech, any_of, marks

_SOURCE = (
    r"(?:contest[oi]|document[oi]|documentazione|test[oi]|articol[oi]|font[ei]|pass[oi]|passagg[io]|brani?"
    r"|estratt[oi]"
    r"|manual[ei]|file|dati|materiale)"
)
_KNOWLEDGE = (
    r"(?:informazion[ei]|dat[oi]|dettagl[io]|rispost[ae]|conoscenz[ae]|menzion[ei]|riferiment[oi]|accesso|idea)"
)

ITALIAN = Speech(
    marks=marks(
        """non nessun nessuno nessuna nulla niente ciao salve buongiorno buonasera benvenuto benvenuta prego piacere
        sì certo certamente grazie dispiace spiacente scusa scusi scusate purtroppo mi se esiti esitare fammi favore
        indichi indica fornisca fornisci specifichi chiarisca sono spero potrebbe potresti può puoi"""
    ),
    declines=any_of(
        r"\bnon (?:lo |la |li |le |ne |ti |vi |mi )?(?:so|sappiamo|conosco|trovo|vedo|ricordo|capisco)(?!\w)",
        r"\bnon (?:ho|abbiamo) (?:trovato|potuto|capito)\b|\bnon sono riuscit[oa]\b",
        r"\bnon (?:le |ti |vi |la |lo |mi è possibile )?(?:posso|potrei|potrò|riesco|saprei|possiamo)(?!\w)"
        r"|\bnon mi è possibile\b",
        r"\bnon sono (?:sicur[oa]|cert[oa]|in grado|autorizzat[oa]|capace)\b",
        rf"\bnon (?:ho|dispongo di|abbiamo|disponiamo di|possiedo|c['’]è|ci sono)(?: \w+){{0,3}} {_KNOWLEDGE}",
        rf"\b{_SOURCE}\b[^,;]{{0,60}}\bnon (?:lo |la |ne |si )?(?:menzion|dic|indic|specific|contien|conteng"
        r"|includ|tratt|copr"
        r"|spieg|rispond|fornisc|offr|riport|parl|precis)\w*",
        rf"\bnon (?:è|sono|viene|vengono|compare|compaiono|si trova|figura)(?: \w+)? [^,;]{{0,30}}\b(?:in|nel"
        r"|nella|nei|nelle"
        rf"|negli|dal|dalla|dai|dalle|nell['’]|da)(?: \w+)? ?{_SOURCE}",
        rf"\bnessun[oa]? (?:dei |delle |degli )?(?:{_SOURCE}|{_KNOWLEDGE})",
        r"\b(?:nulla|niente) (?:su|a riguardo|al riguardo|in merito|di simile)(?!\w)",
        rf"\b(?:in|nel|nella|nei|nelle|negli|dal|dai)(?: \w+)? ?{_SOURCE}[^,;]{{0,30}}\bnon (?:è|sono|si|viene"
        r"|vengono|c['’]è)"
        r" ?(?:menzion|indic|specific|present|riport|tratt|trov|fa |parl)\w*",
    ),
    courtesy=any_of(
        r"(?:ciao|salve|buongiorno|buonasera|buona giornata|benvenut[oaie])(?: [\w ]{0,30})?",
        r"(?:prego|di nulla|di niente|con piacere|sì|no|certo|certamente|va bene|d['’]accordo)",
        r"(?:molte |tante |mille )?grazie(?: mille)?(?: (?:per|di|a|del|della)[^,;]{0,60})?",
        r"(?:mi dispiace(?: molto)?|sono spiacente|spiacente|scus[aie]\w*|chiedo scusa|purtroppo)(?: (?:per"
        r"|di)[^,;]{0,60})?",
        r"(?:se (?:ha|hai|desidera|vuole|vuoi|serve)\b[^,;]*|non esit\w+ a\b[^,;]*|fammi sapere\b[^,;]*|mi"
        r" faccia sapere\b"
        r"[^,;]*)",
        r"(?:per favore )?(?:(?:mi )?(?:indichi|indica|fornisca|fornisci|specifichi|specifica|chiarisca"
        r"|condivida))\w*\b[^,;]*",
        r"(?:sono qui per|sarò felice|sarei felice|spero che)\b[^,;]*|sono (?:un|una|un['’]) ?(?:assistente|ia"
        r"|modello)[^,;]*",
    ),
    opening=any_of(
        r"(?:ma|e|però|quindi|anche se|inoltre) ",
        r"(?:mi dispiace(?: molto)?|purtroppo|spiacente)(?:[,:!]? |$)",
        r"(?:scus[ai]|ciao|grazie|sì|no|certo)(?:[,:!] |$)",
        rf"(?:secondo|in base a|sulla base di|nel|nella|nei) [^,;]{{0,60}}\b{_SOURCE}\b[^,;]{{0,30}}$",
    ),
    turns=any_of(
        r"[,;:]? (?:ma|però|tuttavia|perché|poiché|siccome|anche se|mentre|bensì|quindi|dunque|pertanto),? ",
        r"; ",
    ),
    parts=any_of(
        r", (?:e |o )?", r" e (?=(?:il|la|lo|i|gli|le|l['’]|si|questo|tutto) ?)", r" [-–—]+ ", r"— ?", r": "
    ),
    goes_on=any_of(
        r"(?:se|come|che|quando|quant[oaie]|dove|chi|perché|qual[ei]?|o|né|per|su|sul|sulla|sui|riguardo|di|del"
        r"|della|dei)"
        r"(?!\w)"
    ),
    states=any_of(
        r"(?<!\w)(?:è|sono|era|ha|hanno|c['’]è|può|possono|deve|devono|costa|costano|dura|durano|apre|aprono"
        r"|chiude|chiudono"
        r"|offre|include|copre|sarà|scade|vale)(?!\w)"
    ),
    asks=any_of(
        r"(?:e |o )?(?:che|chi|cosa|come|quando|quant[oaie]|qual[ei]?|dove|perché|in che|a che|di che|per quale"
        r"|può|puoi"
        r"|potrebbe|potresti|vuole|vuoi|desidera|ha|hai|si riferisce|c['’]è|è|serve|preferisce|qualcosa|posso)(?!\w)"
    ),
    tells=any_of(
        r"^\W*(?:lo )?(?:sapevi|sapeva|sa|sai|sapevate) che\b",
        r", (?:vero|no|giusto|non è (?:così|vero)|corretto|d['’]accordo)\W*$",
    ),
)
