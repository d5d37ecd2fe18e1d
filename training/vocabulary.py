"""Word lists written for the edits and rewrites: opposites, quantities, hedges, synonyms, units, clauses."""

# ruff: noqa: E501 - tables read better with one row on one line

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    found = []
    for line in text.strip().splitlines():
        for item in line.split(";"):
            left, _, right = item.strip().partition("/")
            if left and right:
                found.append((left.strip(), right.strip()))
    return tuple(found)


OPPOSITES = _pairs(
    """
    before/after; above/below; more/less; higher/lower; larger/smaller; bigger/smaller; older/younger; early/late
    earlier/later; first/last; best/worst; better/worse; increase/decrease; increased/decreased; increases/decreases
    increasing/decreasing; rose/fell; rise/fall; rising/falling; gain/loss; gained/lost; won/lost; win/lose
    profit/loss; profits/losses; success/failure; successful/unsuccessful; accept/reject; accepted/rejected
    allow/forbid; allowed/forbidden; allows/prevents; include/exclude; includes/excludes; included/excluded
    open/closed; opened/closed; begin/end; began/ended; begins/ends; start/finish; started/stopped; starts/stops
    north/south; northern/southern; east/west; eastern/western; left/right; up/down; inside/outside; indoor/outdoor
    male/female; man/woman; men/women; husband/wife; father/mother; son/daughter; brother/sister; king/queen
    son/brother; wife/sister; father/uncle; mother/aunt; cousin/brother; friend/rival; ally/enemy; owner/tenant
    public/private; domestic/foreign; internal/external; local/national; rural/urban; major/minor; rich/poor
    strong/weak; strongest/weakest; stronger/weaker; fast/slow; hot/cold; warm/cool; wet/dry; hard/soft; easy/difficult
    new/old; young/old; long/short; longest/shortest; longer/shorter; high/low; highest/lowest; large/small
    largest/smallest; full/empty; heavy/light; safe/dangerous; cheap/expensive; free/paid; positive/negative
    support/oppose; supported/opposed; supports/opposes; agree/disagree; agreed/disagreed; approve/reject; approved/denied
    buy/sell; bought/sold; borrow/lend; arrive/depart; arrived/departed; enter/leave; entered/left; import/export
    upper/lower; maximum/minimum; most/least; majority/minority; common/rare; same/different; together/separately
    love/hate; loved/hated; likes/dislikes; friendly/hostile; happy/sad; confirmed/denied; confirm/deny; praised/criticised
    praise/criticise; hired/fired; born/died; alive/dead; guilty/innocent; legal/illegal; permanent/temporary
    true/false; correct/incorrect; possible/impossible; able/unable; visible/hidden; present/absent; ancient/modern
    acquired/sold; director/producer; singer/actor; author/editor; novel/film; album/book; teacher/student; city/village
    river/mountain; company/university; president/secretary; doctor/lawyer; player/coach; team/league; film/play
    gold/silver; black/white; red/blue; green/yellow; morning/evening; day/night; summer/winter; spring/autumn
    breakfast/dinner; tea/coffee; meat/fish; improve/worsen; improved/worsened; improves/worsens; optional/required
    enabled/disabled; enable/disable; online/offline; input/output; client/server; read/write; add/remove; added/removed
    """
)

QUANTITIES = _pairs(
    """
    all/none; all/some; most/few; many/few; some/no; every/no; always/never; often/rarely; at least/at most
    more than/less than; over/under; both/neither; several/two; half/all; twice/three times; once/twice; always/sometimes
    usually/rarely; majority/minority; only/not only; single/double; each/no; first/second; second/third; third/fifth
    """
)

OVERCLAIMS = _pairs(
    """
    may/will; might/will; could/will; can/must; should/must; some/all; often/always; sometimes/always; usually/always
    many/all; most/all; suggests/proves; suggest/prove; suggested/proved; believed/known; believes/knows; likely/certain
    possibly/definitely; probably/certainly; about/exactly; approximately/exactly; around/exactly; nearly/more than
    almost/more than; reduce/eliminate; reduces/eliminates; reduced/eliminated; helps/guarantees; help/guarantee
    plans/has agreed; planned/agreed; considering/certain of; hopes/is certain; expected/confirmed; alleged/proven
    reportedly/officially; several/dozens of; one of the/the only; recommended/required; attempted/managed; tried/managed
    associated with/caused by; linked to/caused by; proposed/introduced; in part/entirely; partly/entirely; mainly/only
    """
)

SYNONYMS = _pairs(
    """
    begin/start; began/started; purchase/buy; purchased/bought; film/movie; however/but; also/too; large/big; small/little
    said/stated; says/states; told/informed; approximately/about; about/around; nearly/almost; started/began; help/assist
    assists/helps; obtain/get; obtained/got; show/demonstrate; shows/demonstrates; showed/demonstrated; located/situated
    founded/established; created/made; wrote/authored; killed/slain; child/kid; children/kids; car/automobile; physician/doctor
    doctor/physician; home/house; job/position; company/firm; firm/company; near/close to; because/since; although/though
    while/whereas; require/need; requires/needs; required/needed; use/utilise; used/employed; uses/employs; allow/permit
    allows/permits; allowed/permitted; many/a lot of; several/a number of; famous/well-known; important/significant
    quickly/rapidly; fast/quick; end/finish; ended/finished; answer/reply; ask/inquire; try/attempt; tried/attempted
    choose/select; chosen/selected; chose/selected; keep/retain; kept/retained; give/provide; gives/provides; gave/provided
    given/provided; receive/get; received/got; build/construct; built/constructed; area/region; region/area; town/municipality
    primarily/mainly; mainly/mostly; whole/entire; entire/whole; rich/wealthy; happy/glad; announced/declared; revealed/disclosed
    United States/US; United Kingdom/UK; percent/per cent; per cent/percent; %/ percent; TV/television; television/TV
    died/passed away; born in/a native of; resign/step down; resigned/stepped down; increase/rise; increased/rose; decrease/drop
    decreased/dropped; rose/climbed; fell/dropped; consists of/is made up of; comprises/consists of; known as/called
    called/named; current/present; former/ex-; prior to/before; in order to/to; due to/because of; as well as/and
    according to/as reported by; each year/annually; annually/every year; yearly/every year; every day/daily; daily/every day
    """
)

UNITS = _pairs(
    """
    million/billion; billion/million; thousand/million; hundred/thousand; percent/percentage points; km/miles; kilometres/miles
    kilometers/miles; miles/kilometers; metres/feet; meters/feet; feet/inches; inches/feet; kg/grams; pounds/ounces; mg/g
    hours/days; hour/minute; hours/minutes; minutes/hours; seconds/minutes; days/weeks; day/week; weeks/months; week/month
    months/years; month/year; years/months; years/decades; decade/century; centuries/decades; century/decade; dollars/euros
    euros/dollars; pounds/dollars; $/€; £/$; acres/hectares; degrees/percent; daily/weekly; weekly/monthly; monthly/yearly
    annual/monthly; quarter/year; tablets/drops; MB/GB; GB/MB; cents/dollars; am/pm; a.m./p.m.; p.m./a.m.
    """
)

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

ADDITIONS = (
    "which was confirmed by an independent study", "and has won several awards", "according to local officials",
    "making it the largest of its kind in the region", "despite strong criticism from experts", "at no extra cost",
    "and is expected to double by {year}", "with the help of {number} volunteers", "after a delay of {number} months",
    "as announced in {year}", "which surprised most observers", "and it is available in {number} countries",
    "following a long dispute with the city council", "and is considered safe for children", "for more than {number} years",
    "because of a shortage of staff", "in order to reduce costs", "and attracts {number} visitors a year",
    "which can be done online", "and requires a reservation", "with a warranty of {number} years",
    "as required by law", "and was later turned into a film", "at the request of {name}", "together with {name}",
    "and was praised by {name}", "a decision that {name} criticised", "which is owned by {name}", "as {name} had promised",
    "thanks to a donation from {name}", "and offers free parking", "with friendly and attentive staff",
    "and it has become very popular with families", "which has been linked to serious side effects",
    "and should be taken with food", "unless a doctor advises otherwise", "and the fee is refunded within {number} days",
    "which makes it a great choice for a romantic evening", "and has excellent reviews", "and is open on public holidays",
    "for the first time since {year}", "and that trend is likely to continue", "causing widespread concern",
    "and no further details were given", "which experts call a breakthrough", "and the work took {number} weeks",
    "in front of {number} spectators", "with a budget of ${number} million", "and will be repeated in {year}",
    "where he met his future wife", "and she later moved to {name}", "which is also known as {name}",
)  # fmt: skip

FRAMES = (
    "According to the passage, {s}", "The article states that {s}", "The document notes that {s}", "It is reported that {s}",
    "The text says that {s}", "As mentioned in the context, {s}", "Additionally, {s}", "Furthermore, {s}", "In summary, {s}",
    "Based on the provided information, {s}", "Overall, {s}", "Yes, {s}", "Specifically, {s}", "The author explains that {s}",
    "The answer is that {s}", "In other words, {s}", "It is also worth noting that {s}", "However, {s}", "Finally, {s}",
)  # fmt: skip
