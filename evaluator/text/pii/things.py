"""Words that say of digits right beside them that they number or count a thing, not a person."""

from __future__ import annotations

PLACES = (
    *("version", "ver", "v", "release", "build", "firmware", "driver", "revision", "rev", "oid", "section"),
    *("sec", "chapter", "paragraph", "para", "§", "§§", "article", "art", "clause", "appendix", "annex"),
    *("openssl", "kernel", "android", "ios", "macos", "windows", "java", "jdk", "php", "python", "nodejs", "bios"),
    *("sdk", "patch", "hotfix", "plugin", "package", "edition", "level", "upgrade to", "update to"),
    *("figure", "fig", "table", "tab", "step", "item", "rule", "part", "page", "line", "point", "subsection"),
    *("requirement", "exercise", "lesson", "kapitel", "abschnitt", "absatz", "ziffer", "punkt", "artikel"),
    *("abbildung", "abb", "tabelle", "anhang", "schritt", "seite", "teil", "sección", "seccion", "capítulo"),
    *("capitulo", "apartado", "artículo", "articulo", "anexo", "tabla", "versión", "figura", "chapitre"),
    *("paragraphe", "annexe", "tableau", "étape", "versão", "versao", "seção", "secao", "artigo", "tabela"),
    *("passo",),
)
"""What is numbered with dots as addresses are: editions of software, and places in books and laws."""

_THINGS = (
    *("order", "part", "article", "product", "tracking", "serial", "invoice", "ticket", "model", "case", "batch"),
    *("item", "confirmation", "reference", "booking", "build", "job", "request", "transaction", "shipment"),
    *("catalog", "catalogue", "customer", "member", "membership", "policy", "claim", "contract", "rma", "po", "lot"),
    *("asset", "device", "meter", "incident", "event", "session", "bug", "change", "record", "document", "file"),
    *("license", "licence", "project", "task", "course", "vehicle", "container", "parcel", "package", "delivery"),
)
THINGS = (
    *(f"{thing} {word}" for thing in _THINGS for word in ("number", "numbers", "no", "nr", "id", "code")),
    *("order", "invoice", "ticket", "sku", "isbn", "uuid", "build", "version", "serial", "tracking"),
    *("bestellung", "bestellnummer", "rechnung", "rechnungsnummer", "artikelnummer", "seriennummer"),
    *("teilenummer", "pedido", "factura", "commande", "facture", "fatura", "ordine", "fattura", "vertrag"),
    *("vertragsnummer", "kundennummer", "vorgangsnummer", "aktenzeichen", "auftrag", "auftragsnummer", "rma", "po"),
    *("lot", "batch", "policy", "contract", "case", "docket", "incident", "reference", "ref", "confirmation"),
    *("transaction", "job", "product", "part", "asset", "device", "meter", "bug", "error", "license key"),
    *("licence key", "gtin", "ean", "upc", "asin", "oid", "pr", "commit", "row", "article", "item", "model"),
    *("parcel",),
)
"""What has a number of its own that may have the form of a telephone, a social security number or a postcode."""
COUNTED = (
    *THINGS,
    *("id", "ids", "model", "release", "item", "article", "artikel", "row", "column", "page", "pid", "process"),
    *("port", "error", "timestamp", "function", "argument", "commit", "temperature", "degrees", "times", "users"),
    *("people", "records", "rows", "items", "bytes", "points", "steps", "euros", "dollars", "yen", "km", "miles"),
    *("tokens", "requests"),
)
"""What digits number or count that stand near *call* or *mobile* all the same."""
