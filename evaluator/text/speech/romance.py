"""How Spanish, French and Portuguese decline, ask and greet."""

from __future__ import annotations

from evaluator.text.speech.speech import Speech, any_of, marks

_ES_SOURCE = (
    r"(?:contextos?|documentos?|documentaci[óo]n|textos?|art[íi]culos?|fuentes?|pasajes?|fragmentos?|manual(?:es)?"
    r"|archivos?|datos)"
)
_ES_KNOWLEDGE = r"(?:informaci[óo]n|datos|detalles|respuestas?|conocimientos?|menci[óo]n|referencias?|acceso)"

SPANISH = Speech(
    marks=marks(
        """no ningún ningun ninguno ninguna hola buenos buenas bienvenido bienvenida gusto placer sí si claro
        supuesto acuerdo gracias siento lamento disculpe disculpa perdón lamentablemente desafortunadamente
        tiene tienes dude dudes hágamelo hazme avísame avíseme dígame favor indique indíqueme proporcione
        facilite facilíteme comparta especifique aclare estoy estaré espero soy nada"""
    ),
    declines=any_of(
        r"\bno (?:sé|lo s[ée])\b|\bno (?:lo |la |los |las |le |te |se lo )?(?:sabemos|conozco|encuentro|encontr[ée]"
        r"|veo|recuerdo)\b",
        r"\bno (?:he|hemos) (?:encontrado|podido|hallado|entendido)\b|\bno entend[íi](?!\w)",
        rf"\b{_ES_SOURCE}\b[^,;]{{0,20}},? no se (?:menciona|indica|especifica|dice|detalla)n?\b",
        r"\bno (?:le |te |lo |os )?(?:puedo|podr[íi]a|pude|podr[ée])\b",
        r"\bno (?:estoy|soy) (?:segur[oa]|capaz|autorizad[oa])\b",
        rf"\bno (?:tengo|dispongo de|tenemos|disponemos de|cuento con|hay)(?: \w+){{0,3}} {_ES_KNOWLEDGE}",
        rf"\b{_ES_SOURCE}\b[^,;]{{0,60}}\bno (?:lo |la |se )?(?:menciona|dice|indica|especifica|contiene|incluye"
        r"|aborda|cubre"
        r"|explica|responde|proporciona|ofrece|aparece|detalla)n?\b",
        rf"\bno (?:se |est[áa]n? |aparecen? |figuran? |viene )(?:\w+ )?[^,;]{{0,30}}\b(?:en|por) (?:el|la|los|las"
        rf"|este|estos|mis)(?: \w+)? {_ES_SOURCE}",
        rf"\ben (?:el|la|los|las|este|estos)(?: \w+)? {_ES_SOURCE}[^,;]{{0,30}}\bno (?:se (?:menciona|dice|indica"
        r"|especifica)|aparece|figura"
        r"|est[áa])n?\b",
        rf"\b(?:ning[úu]n|ninguno de los) {_ES_SOURCE}[^,;]{{0,30}}\b(?:menciona|dice|indica|trata)",
    ),
    courtesy=any_of(
        r"(?:hola|buen(?:os|as) (?:d[íi]as|tardes|noches)|bienvenid[oa]s?)(?: [\w ]{0,30})?",
        r"(?:de nada|no hay de qu[ée]|con (?:mucho )?gusto|un placer|s[íi]|no|claro(?: que s[íi])?|por supuesto"
        r"|de acuerdo)",
        r"(?:muchas |mil )?gracias(?: (?:por|a)[^,;]{0,60})?",
        r"(?:lo siento(?: mucho)?|lo lamento|lamento [^,;]{0,60}|disculpe?[^,;]{0,40}|perd[óo]n|lamentablemente"
        r"|desafortunadamente)",
        r"(?:si (?:tiene|tienes|necesita|necesitas)\b[^,;]*|no dud[ea]s? en\b[^,;]*|(?:h[áa]ga|hazme|av[íi]s"
        r"|d[íi]g)\w*(?: \w+)?\b[^,;]{0,60})",
        r"(?:por favor )?(?:indique|ind[íi]que|proporci|facil[íi]t|comp[áa]rt|especifi|acl[áa]r)\w*\b[^,;]*",
        r"(?:estoy aqu[íi] para|estar[ée] encantad[oa] de|espero que)\b[^,;]*|soy (?:un|una) (?:asistente|ia"
        r"|modelo)\b[^,;]*",
    ),
    opening=any_of(
        r"(?:pero|y|aunque|as[íi] que|tambi[ée]n) ",
        r"(?:lo siento(?: mucho)?|lamentablemente|desafortunadamente|desgraciadamente|perd[óo]n)(?:[,:!]? |$)",
        r"(?:disculpe|hola|gracias|s[íi]|no|claro)(?:[,:!] |$)",
        rf"(?:seg[úu]n|de acuerdo con|con base en|basado en) [^,;]{{0,60}}\b{_ES_SOURCE}\b[^,;]{{0,30}}$",
    ),
    turns=any_of(
        r"[,;:]? (?:pero|sin embargo|no obstante|porque|ya que|aunque|mientras que|sino|as[íi] que|por lo tanto),? ",
        r"; ",
    ),
    parts=any_of(r", (?:y |o )?", r" y (?=(?:el|la|los|las|su|sus|yo|esto|todo) )", r" [-–—]+ ", r"— ?", r": "),
    goes_on=any_of(
        r"(?:si|c[óo]mo|qu[ée]|cu[áa]ndo|cu[áa]nt[oa]s?|d[óo]nde|qui[ée]n|por qu[ée]|cu[áa]l(?:es)?|que|o|ni|para"
        r"|sobre|como|de)\b"
    ),
    states=any_of(
        r"\b(?:es|son|est[áa]n?|era|fue|tiene|tienen|hay|puede|pueden|debe|deben|cuesta|cuestan|tarda|tardan|dura"
        r"|duran|abre|abren|cierra|cierran|ofrece|incluye|cubre|fue|ser[áa])\b"
    ),
    asks=any_of(
        r"[¿¡\s]*(?:y |o )?(?:qu[ée]|qui[ée]n(?:es)?|c[óo]mo|cu[áa]nd?t?[oa]?s?|cu[áa]l(?:es)?|d[óo]nde|por qu[ée]"
        r"|en qu[ée]|a qu[ée]|de qu[ée]|para qu[ée]|pued\w+|podr[íi]\w+|quier\w+|desea\w*|tien\w+|se refier\w+"
        r"|te refier\w+|es|est[áa]s?|hay|necesit\w+|prefier\w+|le gustar[íi]a|te gustar[íi]a|algo|alguna?)\b"
    ),
    tells=any_of(
        r"^\W*(?:sab[íi]as?|sabe|sabes)(?: usted| ya| t[úu])? que\b",
        r"[,;] ?¿?(?:verdad|no|cierto|no es (?:as[íi]|cierto|verdad)|correcto)\W*$",
    ),
)

_FR_SOURCE = (
    r"(?:contextes?|documents?|documentation|textes?|articles?|sources?|passages?|extraits?|manuels?|fichiers?"
    r"|donn[ée]es)"
)
_FR_KNOWLEDGE = r"(?:informations?|donn[ée]es|d[ée]tails|r[ée]ponses?|connaissances?|mention|indications?|acc[èe]s)"
_NE = r"(?:ne |n['’])"

FRENCH = Speech(
    marks=marks(
        """ne n pas aucun aucune rien bonjour bonsoir salut bienvenue prie plaisir oui non sûr accord
        certainement merci remercie désolé désolée excuse excuser excuses malheureusement hélas hésitez si
        faites dites veuillez pourriez pouvez suis serais serai espère j bonne problème"""
    ),
    declines=any_of(
        rf"\b(?:je|nous) {_NE}(?:le |la |les |vous |l['’]|y )?(?:sais|savons|connais|trouve|trouvons|vois|peux"
        r"|pouvons|pourrai|pourrais|dispose"
        r"|disposons|comprends)\b",
        rf"\bje {_NE}(?:ai|suis) (?:pas|malheureusement pas|aucune?)\b[^,;]{{0,30}}(?:{_FR_KNOWLEDGE}|trouv|pu\b"
        r"|s[ûu]r|en mesure"
        r"|certaine?|autoris|capable|rien)",
        r"\bje n['’]ai (?:rien|pas) (?:trouv|compris)",
        r"\bn['’](?:est|a) pas (?:[ée]t[ée] )?(?:mentionn|pr[ée]cis|indiqu)[ée]\w*\W*$",
        rf"\b{_FR_SOURCE}\b[^,;]{{0,60}}\b{_NE}(?:le |la |l['’]|en )?(?:mentionn|dit|disent|indiqu|pr[ée]cis|conti"
        r"|abord|couvr|expliqu|r[ée]pond"
        r"|fourni|parl|compor|figur|trait)\w* (?:pas|aucune?|rien)",
        rf"\b{_NE}(?:figure|est|sont|se trouve|appara[îi]t|figurent)(?:nt)? pas\b[^,;]{{0,40}}\b(?:dans|par|de) "
        rf"(?:le|la|les|ces?|mes|l['’]) ?(?:\w+ )?{_FR_SOURCE}",
        r"\baucune (?:information|mention|r[ée]ponse|donn[ée]e)\b",
        rf"\bil n['’]y a (?:pas|aucune?) (?:\w+ |d['’])*{_FR_KNOWLEDGE}",
    ),
    courtesy=any_of(
        r"(?:bonjour|bonsoir|salut|bienvenue)(?: [\w ]{0,30})?",
        r"(?:je vous en prie|de rien|avec plaisir|pas de probl[èe]me|oui|non|bien s[ûu]r|d['’]accord|certainement)",
        r"(?:merci(?: beaucoup| bien)?|je vous remercie)(?: (?:pour|de)[^,;]{0,60})?",
        r"(?:(?:je suis |vraiment )*d[ée]sol[ée]e?|je m['’]excuse|veuillez m['’]excuser|toutes mes excuses"
        r"|malheureusement|h[ée]las)(?: (?:pour|de)[^,;]{0,60})?",
        r"n['’]h[ée]sitez pas [àa]\b[^,;]*|si vous (?:avez|souhaitez|d[ée]sirez)\b[^,;]*|faites-moi savoir\b[^,;]*"
        r"|dites-moi\b[^,;]*",
        r"(?:veuillez|merci de|pourriez-vous|pouvez-vous) (?:me |nous )?(?:indiquer|pr[ée]ciser|fournir|donner"
        r"|communiquer|partager|reformuler)\b[^,;]*",
        r"(?:je suis l[àa] pour|je serai[s]? (?:ravi|heureu)|j['’]esp[èe]re que)[^,;]*|je suis (?:un|une) "
        r"(?:assistant|ia|mod[èe]le)[^,;]*",
        r"bonne (?:journ[ée]e|soir[ée]e)",
    ),
    opening=any_of(
        r"(?:mais|et|donc|aussi|bien que|cependant) ",
        r"(?:(?:je suis )?d[ée]sol[ée]e?|malheureusement|h[ée]las)(?:[,:!]? |$)",
        r"(?:pardon|bonjour|merci|oui|non|bien s[ûu]r)(?:[,:!] |$)",
        rf"(?:selon|d['’]apr[èe]s|sur la base|dans) [^,;]{{0,60}}\b{_FR_SOURCE}\b[^,;]{{0,30}}$",
    ),
    turns=any_of(
        r"[,;:]? (?:mais|cependant|toutefois|pourtant|n[ée]anmoins|parce que|car|puisque|bien que|alors que"
        r"|tandis que|donc),? ",
        r" ?; ",
    ),
    parts=any_of(
        r", (?:et |ou )?", r" et (?=(?:le|la|les|l['’]|vous|nous|il|elle|c['’]) ?)", r" [-–—]+ ", r"— ?", r" ?: "
    ),
    goes_on=any_of(
        r"(?:si|comment|que|qu['’]|quand|combien|o[ùu]|qui|pourquoi|quel(?:le)?s?|ce que|ou|ni|pour|sur|comme"
        r"|concernant|de|du|des)"
    ),
    states=any_of(
        r"\b(?:est|sont|[ée]tait|a|ont|peut|peuvent|doit|doivent|co[ûu]te|co[ûu]tent|dure|durent|prend|prennent"
        r"|ouvre|ferme|offre|inclut|couvre|sera)\b"
    ),
    asks=any_of(
        r"(?:et |ou )?(?:que|qu['’]|qui|quoi|comment|quand|combien|o[ùu]|pourquoi|quel(?:le)?s?|lequel|laquelle"
        r"|[àa] quel|de quel|pour quel|en quoi|est-ce|\w+-(?:vous|tu|je|il|elle|on|nous|ce)|puis-je|y a-t-il"
        r"|autre chose)"
    ),
    tells=any_of(
        r"^\W*(?:saviez-vous|savez-vous|savais-tu|sais-tu|le saviez-vous :?) que?\b",
        r"^\W*(?:saviez-vous|savez-vous|savais-tu) qu['’]",
        r", (?:n['’]est-ce pas|non|pas vrai|hein|c['’]est [çc]a|d['’]accord)\W*$",
    ),
)

_PT_SOURCE = (
    r"(?:contextos?|documentos?|documenta[çc][ãa]o|textos?|artigos?|fontes?|passagens|trechos?|manua(?:l|is)"
    r"|arquivos?|dados)"
)
_PT_KNOWLEDGE = r"(?:informa[çc](?:[ãa]o|[õo]es)|dados|detalhes|respostas?|conhecimento|men[çc][ãa]o|acesso)"

PORTUGUESE = Speech(
    marks=marks(
        """não nao nenhum nenhuma nada olá ola oi dia tarde noite vindo vinda imagina prazer sim claro certeza
        obrigado obrigada desculpe desculpa desculpas sinto lamento infelizmente perdão se hesite vontade
        avise diga favor informe forneça compartilhe especifique esclareça reformule envie estou ficarei
        espero sou por"""
    ),
    declines=any_of(
        r"\bn[ãa]o (?:o |a |lhe |te )?(?:sei|sabemos|conhe[çc]o|encontrei|encontramos|consegui|consigo|posso|poderia"
        r"|pude|vejo|lembro)\b",
        r"\bn[ãa]o entendi\b",
        rf"\b{_PT_SOURCE}\b[^,;]{{0,20}},? n[ãa]o se (?:menciona|indica|diz|especifica)m?\b",
        r"\bn[ãa]o (?:estou|sou) (?:cert[oa]|segur[oa]|capaz|autorizad[oa])\b|\bn[ãa]o tenho certeza\b",
        rf"\bn[ãa]o (?:tenho|possuo|disponho de|temos|h[áa])(?: \w+){{0,3}} {_PT_KNOWLEDGE}",
        rf"\b{_PT_SOURCE}\b[^,;]{{0,60}}\bn[ãa]o (?:o |a |se )?(?:menciona|diz|dizem|indica|especifica|cont[ée]m"
        r"|cont[êe]m|inclu|aborda|cobre|explica"
        r"|responde|fornece|traz|fala|apresenta)\w*",
        rf"\bn[ãa]o (?:est[áa]|[ée]|s[ãa]o|consta|aparece|figura)m? [^,;]{{0,30}}\b(?:n[oa]s?|em|pel[oa]s?)"
        rf"(?: \w+)? {_PT_SOURCE}",
        r"\bnenhum(?:a)? (?:informa[çc][ãa]o|men[çc][ãa]o|resposta)\b|\bnada (?:sobre|a respeito)\b",
    ),
    courtesy=any_of(
        r"(?:ol[áa]|oi|bom dia|boa (?:tarde|noite)|bem-vind[oa])(?: [\w ]{0,30})?",
        r"(?:de nada|por nada|imagina|com prazer|sim|n[ãa]o|claro|com certeza)",
        r"(?:muito )?obrigad[oa](?: (?:por|pel[oa])[^,;]{0,60})?",
        r"(?:(?:me )?desculpe?(?:-me)?|sinto muito|lamento|pe[çc]o desculpas?|infelizmente|perd[ãa]o)(?: (?:por"
        r"|pel[oa])[^,;]{0,60})?",
        r"se (?:tiver|precisar|quiser|voc[êe])\b[^,;]*|n[ãa]o hesite em\b[^,;]*|fique [àa] vontade\b[^,;]*|(?:me )?"
        r"(?:avise|diga)(?:-me)?\b[^,;]*",
        r"(?:por favor )?(?:informe|forne[çc]a|compartilhe|especifique|esclare[çc]a|reformule|envie-me)\b[^,;]*",
        r"(?:estou aqui para|ficarei feliz|espero que)\b[^,;]*|sou (?:um|uma) (?:assistente|ia|modelo)\b[^,;]*",
    ),
    opening=any_of(
        r"(?:mas|e|embora|por[ée]m|ent[ãa]o|tamb[ée]m) ",
        r"(?:(?:me )?desculpe|sinto muito|infelizmente|lamento)(?:[,:!]? |$)",
        r"(?:ol[áa]|obrigad[oa]|sim|n[ãa]o|claro)(?:[,:!] |$)",
        rf"(?:segundo|de acordo com|com base|conforme) [^,;]{{0,60}}\b{_PT_SOURCE}\b[^,;]{{0,30}}$",
    ),
    turns=any_of(
        r"[,;:]? (?:mas|por[ée]m|contudo|no entanto|entretanto|todavia|porque|pois|j[áa] que|embora|enquanto"
        r"|portanto),? ",
        r"; ",
    ),
    parts=any_of(r", (?:e |ou )?", r" e (?=(?:o|a|os|as|seu|sua|eu|isso|tudo) )", r" [-–—]+ ", r"— ?", r": "),
    goes_on=any_of(r"(?:se|como|que|quando|quant[oa]s?|onde|quem|por que|qual|quais|ou|nem|para|sobre|de|d[oa]s?)\b"),
    states=any_of(
        r"\b(?:[ée]|s[ãa]o|est[áa]|est[ãa]o|era|foi|tem|t[êe]m|h[áa]|pode|podem|deve|devem|custa|custam|demora|leva"
        r"|dura|abre|abrem|fecha|fecham|oferece|inclui|cobre|ser[áa])(?!\w)"
    ),
    asks=any_of(
        r"(?:e |ou )?(?:o que|que|quem|como|quando|quant[oa]s?|qual|quais|onde|por que|em que|para que|de que"
        r"|pode\w*|poderia\w*|quer\w*|gostaria|deseja\w*|tem|voc[êe]|se refere|h[áa]|[ée]|precisa\w*|prefere|algo"
        r"|alguma?)\b"
    ),
    tells=any_of(
        r"^\W*(?:(?:voc[êe]|o senhor|a senhora) )?(?:sabia|sabe)(?: voc[êe])? que\b",
        r", (?:n[ãa]o [ée]|certo|n[ée]|n[ãa]o|correto|verdade|est[áa] bem)\W*$",
    ),
)
