"""How English declines, asks and greets."""

from __future__ import annotations

from evaluator.text.speech.speech import Speech, any_of, marks

_SOURCE = (
    r"(?:contexts?|passages?|documents?|documentation|texts?|articles?|sources?|excerpts?|materials?|snippets?"
    r"|manuals?|handbooks?|files?|pages?|paragraphs?|knowledge base|search results?|results|transcripts?|records?"
    r"|reports?|guides?|guidelines|faqs?|content|data|information)"
)
_GAP = (
    r"(?: (?:(?:on|about|for|of|from|in|that) (?:[\w'’-]+ ){0,3}[\w'’-]+|(?:you|i|we|which|that|provided|given|above"
    r"|here|available|have|has|had|was|were|access to|been|shared|supplied|retrieved|uploaded|sent|me|us|simply|also"
    r"|just|actually|\w+ly))){0,4}"
)
_TELL = (
    r"(?:say|mention|state|specify|answer|explain|address|discuss|indicate|describe|clarify|reveal|disclose|tell|talk"
    r"|refer|touch|detail|define|elaborate|imply|suggest|make (?:any |a )?(?:mention|reference)|cover)"
)
_TELLS = (
    r"(?:says?|mentions?|states?|specif(?:y|ies)|answers?|explains?|address(?:es)?|discuss(?:es)?|covers?|tells?"
    r"|talks?)"
)
_TOLD = (
    r"(?:mentioned|stated|specified|provided|given|found|answered|covered|addressed|discussed|described|listed"
    r"|included|contained|explained|available|present|indicated|disclosed|noted|documented|shown|defined|clear"
    r"|evident|part)"
)
_KNOWLEDGE = (
    r"(?:information|info|knowledge|mention|answers?|details?|references?|data|indication|context|specifics|results"
    r"|matches|(?:sources?|documents?|passages?) (?:on|about|that))"
    r"(?!(?: (?:desk|cent\w+|booth|points?|office|counter|board|roaming|caps?|limits?|plans?|leaks?|protection))\b)"
)
_I_CAN_NOT = (
    r"\bi(?:['’]m| am| was|['’]ve been| have been)?(?: \w+ly| also| just| still| really)?"
    r" (?:can ?not|can['’]t|could not|couldn['’]t|(?:not|un)(?: ?able) to|wasn['’]t able to|won['’]t be able to"
    r"|will not be able to|may not be able to|won['’]t|will not|would(?: not|n['’]t)|shouldn['’]t"
    r"|must not)"
    r" (?!(?:recommend|stress|emphasi[sz]e|overstate|agree|believe|deny|help but|wait|thank)\b)"
)
_KNOW = (
    r"(?:know|have|find|see|understand|recall|remember|discuss|provide|answer|possess|hold|store|comment|speculate"
    r"|share|recogni[sz]e|support|engage|assist|keep|condone|promote"
    r"|endorse|encourage|(?:quite )?(?:catch|get) (?:that|this|it|you))"
)
_WE = (
    r"\bwe (?:do not|don['’]t|did not|didn['’]t|can ?not|can['’]t|could not|couldn['’]t|were not able to"
    r"|are unable to) "
)
_NOTHING = (
    r"(?:unknown|n/?a|not (?:available|mentioned|specified|stated|provided|given|found|known|sure|applicable"
    r"|answerable|addressed|covered)|no (?:answer|idea|comment)|unanswerable|no clue|nothing(?: relevant)?(?: found)?"
    r"|no (?:\w+ )?(?:results?|matches|information|data|records?|hits)(?: found)?)"
)
_LOOK_UP = r"(?:tool|search|lookup|look-up|retrieval|tool call|knowledge base search|web search|query to the \w+)"
_TROUBLE = r"(?:an? |some |the )?(?:\w+ )?(?:errors?|issues?|problems?|difficult(?:y|ies)|trouble)\b"
_OFFER = r"(?:help|assist|look into|answer|explain|check|support|clarify|provide|find|guide)"

ENGLISH = Speech(
    marks=marks(
        """not n't no cannot ambiguous vague incomplete none nothing neither never unable unclear unsure
        unaware uncertain unknown silent insufficient lack lacks fail fails decline refuse outside beyond
        only just impossible inappropriate against rather hello hi hey greetings welcome good problem
        worries pleasure anytime thanks thank let feel hesitate hope happy glad pleased delighted help
        assist day evening weekend week sorry apologize apologise apologies understand i we please kindly
        could would can share provide tell give specify clarify rephrase confirm describe upload paste
        elaborate reword my n na unanswerable sure certainly course absolutely yes ok okay great got see
        understood alright perfect unfortunately hmm hmmm well ask important crucial essential best remember
        true right correct fine afraid error errors wrong trouble issue issues difficulty difficulties dunno beats
        guess guessing timed failed stumped"""
    ),
    declines=any_of(
        _I_CAN_NOT,
        rf"\bi (?:do not|don['’]t|did not|didn['’]t)(?: \w+ly| currently| yet| actually)? {_KNOW}\b",
        r"\bi (?:lack|have nothing|found nothing|find nothing|see nothing|know nothing|have no|found no|see no"
        r"|find no)\b",
        r"\bi['’](?:ve|d) no (?:idea|information|knowledge|access)\b",
        r"\bi(?:['’]m| am)(?: \w+ly| still)? not (?:finding|seeing|getting)\b",
        r"\bi(?:['’]ve| have)(?:n['’]t| not) (?:found|seen|come across|located)\b",
        r"\bi only (?:have|know|hold)(?: \w+){0,2} (?:information|info|data|knowledge|details|access"
        r"|documents|answers)\b",
        rf"\b(?:is|['’]s)(?: not|n['’]t) something (?:that )?(?:the|these|those|my) {_SOURCE}\b",
        rf"\banswer (?:is|was)(?: not|n['’]t) (?:\w+ )?(?:in|part of) (?:[\w'’-]+ ){{0,3}}{_SOURCE}\b",
        r"^\W*(?:can ?not|can['’]t|unable to|not able to|could not|couldn['’]t) (?:be )?"
        r"(?:answer|determine|find|locate|say|tell|help|verify|confirm|identify)(?:e?d)?\b",
        r"\b(?:is|was)(?: not|n['’]t) possible (?:for me )?to answer\b|\bimpossible (?:for me )?to answer\b",
        rf"\b(?:outside|beyond)(?: of)? (?:the scope of )?(?:the|these|your|any)(?: \w+)? {_SOURCE}\b",
        rf"\b(?:from|in|based on|with|given|by) (?:[\w'’-]+ ){{0,4}}{_SOURCE}\b[^.;]{{0,30}}\b(?:can ?not"
        r"|can['’]t|could not)"
        r" be (?:answered|determined|inferred|found|derived|concluded|known|established)\b",
        r"\bi(?:['’]m| am) (?:not (?:sure|certain|aware|familiar|allowed|permitted|authori[sz]ed|in a position"
        r"|qualified|equipped|comfortable|programmed|designed|trained|going to|here to)|unsure|unaware|uncertain)\b",
        r"\bi(?: was|['’]ve| have)(?:n['’]t| not)(?: been)? (?:given|provided|shown|trained|programmed|designed"
        r"|told)\b",
        r"\bi (?:(?:strongly|highly) )?(?:discourage|(?:advise|caution|warn|recommend|urge)(?: you)? against)\b",
        r"\bi (?:must|have to|need to|will|would|['’]ll)?(?: respectfully| politely)? ?(?:decline|refuse)\b",
        rf"{_WE}(?:know|answer|find|locate|determine|say|confirm|verify|identify|tell)\b",
        rf"{_WE}have (?:[\w-]+ ){{0,3}}{_KNOWLEDGE}",
        rf"\bwe (?:have|found) no (?:[\w-]+ ){{0,2}}{_KNOWLEDGE}",
        rf"\b{_SOURCE}{_GAP} (?:do|does|did)(?: not|n['’]t)(?: \w+ly| even| actually)? {_TELL}\b",
        rf"\b{_SOURCE}{_GAP} (?:do|does|did)(?: not|n['’]t)(?: \w+ly)? (?:contain|provide|give|include|have|offer"
        rf"|hold) (?:[\w'’-]+ ){{0,4}}(?:{_KNOWLEDGE}|anything|enough|it|that|this)\b",
        rf"\b(?:contexts?|passages?|excerpts?|documents?|texts?|sources?|snippets?){_GAP} (?:do|does|did)(?: not"
        r"|n['’]t)(?: \w+ly)?"
        r" (?:contain|include|provide|give|list)\b",
        rf"\b{_SOURCE}{_GAP} (?:contains?|provides?|gives?|includes?|has|have|offers?|makes?|shows?|holds?) no"
        rf" (?:[\w'’-]+ ){{0,3}}{_KNOWLEDGE}",
        rf"\b(?:{_SOURCE}|sources){_GAP} (?:(?:is|are) (?:silent|insufficient|unclear|not (?:clear|enough|sufficient"
        r"|relevant))|says? nothing|neither \w+s? nor|lacks?|fails? to|cannot answer)\b",
        rf"\b(?:none|nothing|neither|no \w+) (?:of|in|from|within|among) (?:[\w'’-]+ ){{0,4}}{_SOURCE}{_GAP}"
        rf" {_TELLS}\b",
        rf"\bno (?:[\w-]+ )?{_SOURCE} {_TELLS}\b",
        rf"(?:\bnot|n['’]t|\bnever)(?: \w+ly| been| be)* {_TOLD}\b[^.;]{{0,40}}\b(?:in|by|from|within|on|of|with)\b"
        rf"[^.;]{{0,40}}\b{_SOURCE}\b",
        rf"\bnot (?:in|within|part of) (?:[\w'’-]+ ){{0,3}}{_SOURCE}\W*$",
        r"\b(?:is|are|was|were)(?: not|n['’]t)(?: \w+ly)? (?:mentioned|specified|stated|addressed)(?: anywhere|"
        r" at all)?\W*$",
        r"\b(?:information|info|details?|data|answer) (?:is|are)(?: not|n['’]t) available to (?:me|us)\b",
        r"\bthere(?:['’]s| is| was) no way (?:for me )?to (?:tell|know|say|determine|verify)\b",
        r"\bi(?:['’]d| would)(?: only| just)? (?:have to|be) guess(?:ing)?\b|\b(?:i(?:['’]m| am)|got me) stumped\b",
        r"\bi only (?:speak|talk|answer|help|assist|handle|deal|discuss|cover)\b",
        r"\b(?:i|we)\b[^.;]{0,60}\b(?:but|and) (?:found|came up with|came up) (?:nothing|empty)\b"
        r"|^\W*(?:found|came up|came up with|turned up) (?:nothing|empty)\b",
        r"\b(?:i(?:['’](?:m|ve)| am| have)?|we(?:['’]re| are)) (?:encountered|ran into|run into|hit|had|having"
        r"|experienc(?:ed|ing)|got)"
        rf" {_TROUBLE}",
        r"\b(?:something went wrong|an? (?:\w+ )?error occurred)\b(?:\W*$|[ ,]+(?:while|when|on (?:our|my)"
        r"|processing|please))",
        rf"\bthere (?:was|is|seems to be|has been) {_TROUBLE} (?:while |when |in |with )?(?:retriev|fetch"
        r"|process|load|access"
        r"|look|connect|search|complet|generat|answer)\w*ing\b",
        rf"\bthe {_LOOK_UP} (?:has )?(?:returned|gave|produced|yielded|found|came back with) (?:an? (?:\w+"
        r" )?error|nothing"
        r"|no (?:\w+ )?(?:results?|matches|hits|documents?|records?|data|information))\b",
        rf"\bthe {_LOOK_UP} (?:has )?(?:failed|timed out|did(?: not|n['’]t) (?:work|respond|return anything))\W*$",
        r"\b(?:can ?not|can['’]t|could not|couldn['’]t) be (?:answered|determined|inferred|found|derived"
        rf"|concluded)\b[^.;]{{0,40}}\b{_SOURCE}\b",
        r"\b(?:this|that)(?: is|['’]s)(?: not|n['’]t) something (?:i|we) can\b|\bi can neither\b",
        r"\bi(?:['’]d| would) (?:rather|prefer) not\b|\bi prefer not\b",
        r"\b(?:the|your|this) (?:question|request|message|query) (?:is|seems) (?:\w+ )?(?:ambiguous|unclear"
        r"|vague|not clear|incomplete)\b",
        r"\b(?:question|query|request)(?: (?:can ?not|can['’]t|could not|couldn['’]t) be| is(?: not|n['’]t)| was"
        r"(?: not|n['’]t)) (?:\w+ )?(?:answered|addressed|covered|processed|completed|clear)\b",
        rf"\bthere (?:is|are|was|were)n['’]t (?:any|enough|sufficient) (?:[\w-]+ ){{0,3}}{_KNOWLEDGE}",
        rf"\bthere(?: is|['’]s| are| was| were|['’]re) (?:no|not enough|not any|insufficient|too little|nothing)"
        rf" (?:[\w-]+ ){{0,3}}{_KNOWLEDGE}",
        rf"\bthere(?: is|['’]s| are| was) (?:nothing|no \w+) (?:[\w-]+ ){{0,3}}(?:in|within) "
        rf"(?:[\w'’-]+ ){{0,3}}{_SOURCE}\b",
        r"^\W*(?:there is )?no (?:[\w-]+ ){0,2}(?:information|info|answers?|details?|mention|results?|documents?"
        r"|passages?"
        r"|context|data|matches|records?|entries|articles?|sources?|hits)(?: (?:on|about|for|regarding|of)"
        r" [^.;]{1,60})?(?: (?:was|were|is|are|has been"
        r"|have been|could be|can be))?(?: \w+ly)? (?:found|available|provided|given|returned|retrieved|in the)\b",
        r"\b(?:insufficient|not enough|too little) (?:\w+ )?(?:information|context|details?)\b(?! for)",
        r"\b(?:unclear|not (?:clear|specified|stated|evident|apparent|possible to (?:say|tell))|impossible to "
        rf"(?:say|tell|determine))\b[^.;]{{0,24}}\b(?:to me\b|(?:from|in|based on|with|by"
        rf"|given)\b[^.;]{{0,24}}\b{_SOURCE}\b)",
        r"\b(?:is|are|['’]s|falls|lies|goes)(?: \w+)? (?:outside|beyond) (?:of )?(?:my|our|what|the scope of (?:my"
        r"|what i|the (?:provided|given)))\b",
        r"\bi can (?:only|just) (?:answer|help|assist|provide|respond|use|talk|discuss|tell|give)\b",
        r"\b(?:not within|against|outside of?|beyond) (?:my|our|those|these) (?:programming|principles|guidelines"
        r"|polic(?:y|ies)|values|capabilities|instructions)\b",
        r"(?:^\W*|[,;] (?:and |but |as )?)(?:they|it|these|those) (?:do|does|did)(?: not|n['’]t) (?:say|mention"
        r"|state|specify|(?:cover|address|answer|contain|include|discuss) (?:this|that|it|your|the (?:question"
        r"|answer|topic)))\b",
        r"\b(?:not(?: \w+)? |in)appropriate (?:for me )?to\b",
        r"\bno (?:mention of|reference to)\b[^.;]{0,60}\b(?:in|by)\b",
    ),
    courtesy=any_of(
        r"(?:hello|hi|hey)(?:,| and) welcome|sure thing|(?:hello|hi|hey|greetings|welcome|good (?:morning|afternoon"
        r"|evening|day))(?: (?:there|again|everyone|to \w+))?",
        r"(?:(?:you(?:['’]re| are) )?(?:very |most )?welcome|no problem|no worries|my pleasure|anytime|any time)",
        r"(?:(?:many )?thanks|thank you)(?: (?:so|very) much| again)?(?: (?:for|in advance)[^,;]{0,80})?",
        r"(?:please )?let (?:me|us) know\b[^,;]*",
        r"i (?:really )?wish i (?:could|knew)\b[^,;]*|i(?:['’]d| would) (?:love|like) to (?:help|answer"
        r"|assist)\b[^,;]*",
        r"i(?:['’]m| am) (?:the|your) [\w -]{0,30}(?:bot|assistant|helper)\b[^,;]*|(?:that|this)(?:['’]s"
        r"| is) confidential",
        r"let me (?:just |quickly )?(?:check|look|see|find|search|verify|pull|think)\b[^,;:]*",
        r"(?:i )?dunno|(?:that )?beats me|(?:i )?can(?:not|['’]t) say(?: for sure)?|hard to say|mate|pal|buddy",
        r"(?:please )?(?:feel free|(?:do not|don['’]t) hesitate) to (?:ask|reach|contact|let|share|provide|tell"
        r"|message)\b[^,;]*",
        r"(?:i |we )?hope (?:this|that|it|you)(?: information| answer)? (?:helps?|answers|clarifies|was|is"
        r"|find)\b[^,;]*",
        r"(?:(?:i|we)(?:['’](?:d|ll|m)| would| will| am)?(?: be)? (?:more than |very )?(?:happy|glad|pleased"
        rf"|delighted|here)|happy|glad) to (?:{_OFFER})\b[^,;]*",
        r"(?:i(?:['’]m| am)? )?(?:glad|happy) (?:i|we) could (?:help|assist)[^,;]*",
        rf"i can (?:certainly |definitely |also )?{_OFFER}\b(?! \w+ that)[^,;]*",
        rf"(?:i|we)(?:['’]ll| will) (?:do|try) (?:my|our) (?:very )?best to {_OFFER}\b[^,;]*",
        r"how (?:can|may) (?:i|we) (?:help|assist)\b[^,;]*",
        r"(?:i |we )?(?:wish you|have) (?:a|an) (?:\w+ )?(?:nice|great|good|wonderful|lovely|pleasant)?[^,;]*(?:day"
        r"|evening|weekend|time|week|trip|one)[^,;]*",
        r"(?:i(?:['’]m| am)|we(?:['’]re| are)) (?:so |very |really |truly )?sorry(?: (?:to hear|for|about"
        r"|that you)\b[^,;]*)?",
        r"(?:i|we) (?:sincerely )?apologi[sz]e\b[^,;]*",
        r"(?:my |our |please accept (?:my|our) )?(?:sincere )?apologies\b[^,;]*",
        r"i (?:completely |fully )?understand (?:your|you|how|this (?:is|must))\b[^,;]*",
        r"i(?:['’]ve| have)? (?:checked|looked|searched|reviewed|gone|went)\b[^,;]*",
        r"(?:please |kindly |could you |can you |would you )(?:please |also |kindly )*(?:provide|share|tell|give"
        r"|specify|clarify|rephrase|confirm|describe|upload|paste|send me|elaborate|try again|reword"
        r"|be more specific|check your)\b(?![^,;]*\b(?:at the|within|by mail|by post|to the)\b)[^,;]*",
        r"(?:to (?:help|assist|answer|look|check|find|do|proceed)\b[^,;]*, )?i(?:['’]ll| will| would|['’]d)? (?:need"
        r"|require) (?:your|more|some|additional|further|a few|a little|the following|to know|a bit)\b[^,;]*",
        r"i(?:['’]m| am) (?:just |only |merely )?(?:an? )?(?:ai|artificial intelligence|(?:large )?language model"
        r"|virtual assistant|chat ?bot|assistant)\b[^,;]*",
        r"i(?:['’]m| am| was) (?:only |just )?(?:programmed|designed|trained|built|made|here) to\b[^,;]*",
        r"my (?:knowledge|training|purpose|guidelines|programming|capabilities|instructions|role)\b[^,;]*",
        rf"(?:the answer is )?{_NOTHING}(?: (?:in|from|by) [^,;]{{1,60}})?",
        r"(?:sure|certainly|of course|absolutely|yes|no|ok|okay|great(?: question)?|good question|got it|i see"
        r"|understood|alright|perfect|sorry|unfortunately|hmm+|well)",
        r"(?:it(?:['’]s| is)|please)[^;]{0,30} (?:important|crucial|essential|best|remember)\b[^;]*\b(?:others"
        r"|respect\w*|dignity|well-?being|integrity|honesty|kindness|empathy|fairness|positivity|ethical\w*"
        r"|the law|privacy)\b[^;]*",
        r"i must (?:inform you|clarify|remind you|prioriti[sz]e|advise)\b[^,;]*",
        r"(?:that|it)(?:['’]s| is) (?:true|right|correct|great|good|fine)",
        r"(?:please )?ask me (?:something|anything|another|about)\b[^,;]*",
        r"i(?:['’]d| would)? (?:recommend|suggest|advise) (?:that you )?(?:contact|check|consult|reach|ask|visit"
        r"|speak|refer)\w*\b(?:(?![A-Z0-9])[^,;]){0,80}",
    ),
    opening=any_of(
        r"(?:but|and|so|however|also|still|yet|then|therefore|thus|hence|though|although|while|whilst|nevertheless"
        r"|instead|in (?:summary|conclusion|short)|overall|additionally|furthermore|moreover|finally),? ",
        r"(?:unfortunately|sadly|regrettably|sorry|hmm+|well|oh|currently|honestly|at (?:this|the) (?:time|moment)"
        r"|as far as i know|please note that)(?:[,:!]? |$)",
        r"(?:yes|no|yeah|yep|nope) (?=(?:it|they|he|she|i|you|there|that) )",
        r"[\[(][^\])]{1,24}[\])] ?",
        r"(?:apologies|ok|okay|sure|yes|no|of course|certainly|absolutely|great|i see|i understand|to be honest"
        r"|thanks|thank you|hello|hi|hey|answer|note)(?: there)?(?:[,:!] |$)",
        r"(?:i(?:['’]m| am)|we(?:['’]re| are)) (?:very |so |really )?(?:sorry|afraid)(?: to say)?(?: that)? ",
        r"it (?:seems|appears|looks like|looks)(?: that)? ",
        r"(?:as|being) an? (?:ai|artificial|language|large|virtual|chat)\b[^,;]{0,60}$",
        r"(?:based on|according to|from|in|given|looking at|with|within|per"
        rf"|having read) [^,;]{{0,60}}?\b{_SOURCE}\b[^,;]{{0,60}}$",
    ),
    turns=any_of(
        r"[,;:]? (?:but|however|yet|although|though|while(?! \w+ing\b)|whilst|whereas|because|since"
        r"|therefore|nevertheless|instead|except)\b,? ",
        r", (?:only|so|as|which|who|still|then) (?!that i\b)",
        r" as (?=(?:it|this|that|they|the|your|our|he|she) )",
        r"; ",
    ),
    parts=any_of(
        r", (?:and |or |nor )?",
        r" and (?=(?:i|we|you|he|she|it|they|this|that|there|the|your|our|its|their|all|each|every|any|most|no) )",
        r" [-–—]+ ",
        r"— ?",
        r": ",
        r" \((?=\w)",
    ),
    goes_on=any_of(
        r"(?:what|how|whether|if|when|where|why|whose|whom|or|nor|not|including|especially|such as"
        r"|like|for|about"
        r"|regarding|concerning|as for|on|to|before|just|in order|so that|even|without|unless|until|than|either|at"
        r"|like)\b",
    ),
    states=any_of(
        r"\b(?:is|are|was|were|has|had|will|would|must|should|costs?|takes?|lasts?|opens?|closes?|offers?|includes?"
        r"|covers?|requires?|applies|contains?|provides?|starts?|ends?|lives?|lies|became|made|got|expired|allows?"
        r"|can|may)\b",
        r"^(?:it|they|he|she|you|this|these|there|that|the \w+) (?:\w+ly |also |do |does )?\w+(?:s|ed|ize|ise|e)\b",
    ),
    asks=any_of(
        r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|will|would|shall"
        r"|should|may|might|have|has|had|am|need|want|any|anything|in which|in what|for which|for what|at what"
        r"|on which|to which|by when|or|i|we)\b",
    ),
    tells=any_of(
        r"(?:^|[,.;:!] ?)\W*(?:\w+ )?(?:did|do) (?:you|u) (?:know|realis?z?e)(?:,)? (?:that|the|a|an|about the|all"
        r"|every|most|many|we|it|there|\w+s)\b(?! \w+ (?:number|name|id|code|email|address|date)\b)",
        r"^\W*(?:are|were) you aware (?:that|of the)\b",
        r"^\W*who (?:would|could) have (?:thought|known|guessed)(?: that)?\b",
        r"^\W*(?:is|are|was|were|does|do|did|has|have|can|could|wo|would)n['’]t (?!(?:you|your|we|i)\b)(?=.*\w.*)",
        r", (?:right|correct|isn['’]t it|aren['’]t they|wasn['’]t it|doesn['’]t it|don['’]t they|didn['’]t it"
        r"|hasn['’]t it|won['’]t it|is it|does it|no|huh|ok|okay|you know)\W*$",
    ),
)
