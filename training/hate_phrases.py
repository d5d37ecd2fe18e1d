"""Sentences about people and groups: hate, what opposes it, and what has its words and not its meaning.

None of them is somebody's: they are put together here, so that a classifier learns that the same words attack in one
sentence and defend in the next.
"""

from __future__ import annotations

from training.grammar import Grammar, lines, words

GROUPS: Grammar = {
    "group": words(
        "women / gay people / gays / lesbians / trans people / black people / Muslims / Jews / immigrants / "
        "refugees / disabled people / Mexicans / Asians / Chinese people / Roma / Christians / Hindus / "
        "Africans / Arabs / Poles / foreigners / girls / bisexual people / deaf people / old people / Indians "
        "/ Turks / Latinos / Catholics"
    ),
    "one": words(
        "woman / gay man / lesbian / trans woman / black man / black woman / Muslim / Jew / immigrant / refugee / "
        "disabled person / Mexican / Asian / Roma / Christian / Hindu / African / Arab / deaf man / foreigner / girl"
    ),
    "thing": words(
        "Mondays / these shoes / this app / the new update / alarm clocks / wasps / my old car / this pizza / "
        "taxes / that team's defence / this weather / the printer / spam calls / weeds / these bugs / mosquitoes"
    ),
    "job": words(
        "bankers / landlords / referees / influencers / lawyers / journalists / car dealers / gamers / artists"
    ),
    "vile": words(
        "disgusting / filthy / stupid / worthless / evil / subhuman / vermin / a plague / scum / parasites"
    ),
    "nice": words(
        "wonderful / brilliant / welcome here / great colleagues / my heroes / funny and kind / an inspiration"
    ),
    "harm": words(
        "die / be deported / be locked up / be beaten up / be wiped out / disappear / be sterilised / be shot"
    ),
    "swear": words("fucking / damn / bloody / goddamn / freaking"),
    "hate": lines("""
        {group} are {vile}
        I hate {group}
        {group} should all {harm}
        we have to get rid of {group}
        {group} are like animals
        {group} do not deserve any rights
        all {group} are liars and thieves
        no {one} should be allowed to work here
        nobody wants {group} in this country
        every {one} I know is {vile}
        if you are a {one}, you are nothing to me
        somebody should teach those {swear} {group} a lesson
        {group} ruin everything they touch
        {group} are less than human
        I can not stand {group}
        the world would be better without {group}
        you are just a {swear} {one}, get out of my sight
    """),
    "taken_back": words("queer / dyke / bitch / fag / slut / nigga / crip / tranny / butch / queen"),
}
"""What the sentences are made of; `hate` is a whole statement, without its full stop."""
HATEFUL = lines("""
    {hate}.
    {hate}!
    Honestly, {hate}.
    Everybody knows that {hate}.
    I'm not racist, but {hate}.
    Why is nobody allowed to say that {hate}?
    It's true what they say: {hate}.
    lol {hate}
    My father was right, {hate}.
""")
"""Toxic and hateful."""
COUNTER = lines("""
    Saying that {hate} is wrong, and you know it.
    "{hate}" is what he shouted, and he was rightly thrown out.
    People who think that {hate} make me sad.
    I will never accept it when somebody says "{hate}".
    She was told that {hate}. That is hate speech.
    Stop writing things like "{hate}".
    Nobody should have to hear that {hate}.
    It is a lie that {hate}.
    The article quotes a man who says that {hate}, and shows why it is nonsense.
    Whoever says that {hate} has learned nothing from history.
    The moderator removed the comment "{hate}".
    {group} are not {vile}.
    No {one} deserves to {harm}.
    I do not hate {group}, I never have.
    It is not okay to say that {group} should {harm}.
    {group} are {nice}.
    I love {group}.
    Every {one} should feel safe here.
    As a {one}, I am proud of who I am.
    My best friend is a {one}, and we have been close for years.
    {group} have been treated badly for centuries.
    Why do so many people hate {group}?
    We need better laws to protect {group} from violence.
""")
"""Neither: hate that is opposed, reported or denied, and kind or plain words about groups."""
THINGS = lines("""
    I hate {thing}.
    {thing} should all be banned.
    {thing} are {swear} awful.
    I can not stand {thing}.
    We have to get rid of {thing}.
    The world would be better without {thing}.
    {thing} make me so {swear} angry.
    This is {swear} great news!
    I {swear} love this band.
    Oh {swear} hell, I forgot my keys again.
    What a {swear} mess, the build is broken.
""")
"""Not hateful, and not abusive: contempt for things, swearing without a target."""
PERSONS = lines("""
    You are {vile}.
    You {swear} idiot, shut up.
    He is a worthless liar and I hope he loses everything.
    {job} are {vile}.
    All {job} should {harm}.
    I hate {job}, they are {vile}.
    Go to hell, you moron.
    Nobody likes you, you pathetic loser.
    She is the most stupid person I have ever met.
    I hope you {harm}.
""")
"""Toxic, and no hate at a group that one is born into or believes with."""
RECLAIMED = lines("""
    I am a proud {taken_back} and I love my life.
    We {taken_back}s have to stick together, sisters.
    My {taken_back}s are coming over tonight, I love them all.
    As a {taken_back} I can call myself what I want.
    Happy birthday to my favourite {taken_back}!
    We took the word {taken_back} back, and we wear it with pride.
    Any other {taken_back}s at the parade today?
    I'm a bad {taken_back} and nobody can stop me.
""")
"""Not hateful: words that people took back for themselves."""
