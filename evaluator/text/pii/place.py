"""Where people live: streets with house numbers, mail boxes, postcodes of a form of their own."""

from __future__ import annotations

import re

from evaluator.text.pii.person import CAPITAL
from evaluator.text.pii.recognizer import NUMBER, Recognizer, whole
from evaluator.text.pii.things import THINGS

_WORD = rf"(?:{CAPITAL}[\w'’-]{{0,24}}+\.?|\d{{1,3}}(?:st|nd|rd|th))"
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way"
    r"|Parkway|Pkwy|Highway|Hwy|Circle|Cir|Close|Crescent|Cres|Row|Mews|Grove|Hill|Gardens|Trail|Trl|Loop|Alley)"
)
_UNIT = r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|#)\.? ?[\w-]{1,6})?"
_SUFFIX = (
    r"(?:straße|strasse|str\.|weg|gasse|allee|platz|ufer|damm|straat|laan|plein|gracht|gatan|vägen|gata|vegen|veien"
    r"|vej|gade|katu|kuja)"
)
_ROMANCE = (
    r"(?:Calle|Avenida|Av\.|Avda\.|Plaza|Paseo|Carrera|Via|Viale|Piazza|Corso|Rua|Travessa|Praça|Largo|Ulica|ul\.)"
)
_OF = r"(?:(?:de|del|della|dei|di|da|do|dos|das|la|las|los|el) ){0,2}"
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR"
    "|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AA|AE|AP"
)
_POSTAL = (
    *("zip", "zip code", "zipcode", "postcode", "post code", "postal code", "plz", "postleitzahl", "code postal"),
    *("código postal", "postnummer"),
)
_YEAR = re.compile(r"(?:19|20)\d\d")

PLACE = (
    Recognizer(
        kind="street_address",
        pattern=rf"(?<![\w.-])\d{{1,5}}[A-Za-z]?(?:-\d{{1,5}})? (?:(?:N|S|E|W|NE|NW|SE|SW)\.? )?"
        rf"(?!(?:Supreme|Superior|High|District|Federal|Crown) Court)(?:{_WORD} ){{1,4}}"
        rf"{_STREET}\b\.?{_UNIT}",
        base=0.8,
        reach=(2, 120),
    ),
    Recognizer(
        kind="street_address",
        pattern=rf"(?<![\w-]){CAPITAL}[\w-]{{1,24}}?(?:{_SUFFIX})\.? \d{{1,4}}[a-z]?(?!\w|[.,]\d)",
        base=0.7,
        reach=(40, 8),
    ),
    Recognizer(
        kind="street_address",
        pattern=rf"(?<![\w.-])\d{{1,4}}(?: (?:bis|ter))?,? (?i:rue|avenue|boulevard|place|chemin|allée|impasse|quai"
        rf"|cours) (?:(?:de|du|des|la|le|les) ){{0,2}}(?:[dl]['’])?{_WORD}(?: {_WORD}){{0,3}}",
        base=0.75,
        reach=(8, 120),
    ),
    Recognizer(
        kind="street_address",
        pattern=rf"(?<!\w){_ROMANCE} {_OF}{_WORD}(?: {_OF}{_WORD}){{0,3}},? (?:n[.º°o]{{1,2}} ?)?\d{{1,5}}"
        r"(?!\w|[.,]\d)",
        base=0.75,
        reach=(120, 12),
    ),
    Recognizer(
        kind="street_address",
        pattern=r"(?<!\w)(?:(?i:p\.? ?o\.? ?box) \d{1,6}|(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,6})(?!\w)",
        base=0.8,
        reach=(24, 24),
    ),
    Recognizer(  # Royal Mail's form
        kind="postcode",
        pattern=r"(?<![\w-])[A-PR-UWYZ](?:\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d{1,2}|[A-HK-Y]\d[ABEHMNPRVWXY])"
        r" \d[ABD-HJLNP-UW-Z]{2}(?![\w-])",
        base=0.65,
        near=0.9,
        context=_POSTAL,
        against=THINGS,
        reach=NUMBER,
    ),
    Recognizer(  # Canada
        kind="postcode",
        pattern=r"(?<![\w-])[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]\d[ABCEGHJ-NPRSTV-Z]\d(?![\w-])",
        base=0.65,
        near=0.9,
        context=_POSTAL,
        against=THINGS,
        reach=NUMBER,
    ),
    Recognizer(  # the United States, behind a state
        kind="postcode",
        pattern=rf"(?<=[\s,](?:{_STATES})[ ,])\d{{5}}(?:-\d{{4}})?(?!\w|[.,-]\d)",
        base=0.7,
        reach=NUMBER,
    ),
    Recognizer(
        kind="postcode",
        pattern=r"(?<![\w.,-])(?:\d{4,6}(?:-\d{3,4})?|\d{3} \d{2}|\d{4} [A-Z]{2})(?!\w|[.,-]\d)",
        base=0.1,
        near=0.7,
        context=_POSTAL,
        check=whole(lambda value: len(set(value)) > 1 and _YEAR.fullmatch(value) is None),
        reach=NUMBER,
    ),
)
