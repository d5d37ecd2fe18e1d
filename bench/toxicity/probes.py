"""Sentences written to see where a toxicity model goes wrong: identities, counter-speech, reports of abuse, attacks.

None of them trained a model. There are few, so a share of them is a hint and no estimate.
"""

from __future__ import annotations

from training.grammar import lines

IDENTITY = lines("""
    I am a proud gay man.
    As a black woman I felt welcome in this company.
    My daughter is a lesbian and married her partner last year.
    I am a Muslim and I pray five times a day.
    We are a Jewish family from Chicago.
    He is deaf and uses sign language at work.
    My best friend is transgender and starts a new job on Monday.
    Being an atheist in a small town was not always easy.
    She is a blind lawyer who travels with her guide dog.
    I was born in Mexico and moved here when I was six.
    Our neighbours are refugees from Syria.
    The bisexual community centre opens at ten.
    I grew up as a white kid in a mostly black school.
    Two women in our choir are married to each other.
    My grandfather was a Catholic priest before he met my grandmother.
    Queer studies is a subject at several universities.
    As an Asian American student, I joined the debating club.
    My wheelchair does not fit through the office door.
    Immigrants opened most of the shops in this street.
    He told his parents that he is gay, and they hugged him.
""")
"""Plain statements that name an identity."""

COUNTER_SPEECH = lines("""
    Calling people slurs is wrong.
    Nobody should be insulted for the colour of their skin.
    Please do not call her stupid; she asked a fair question.
    Hatred of Jews has no place in our town.
    Women do not belong in the kitchen, they belong wherever they want to be.
    It is racist to say that immigrants are lazy.
    Black people deserve equal treatment.
    Stop telling gay people that they are sick; they are not.
    The joke about Muslims was not funny and should be taken down.
    Being disabled does not make anyone worth less.
    I am against violence towards trans people.
    Saying "go back to your country" hurts people who were born here.
    Homophobia kills, and we have to speak up against it.
    Nobody deserves to be called an idiot at work.
    We will not tolerate threats against any religious group.
""")
"""Sentences that object to hatred or insults."""

REPORTS = lines("""
    The player was banned for a racist insult against the referee.
    She reported that a customer had threatened to kill her.
    The study counts how often women are called ugly in online comments.
    The court fined a man who had shouted abuse at a rabbi.
    My boss called me an idiot in front of everyone. What can I do?
    The novel uses slurs that were common at the time, and the preface explains why.
    Police are looking for the person who wrote hate mail to the mosque.
    How do I report a message that says I should die?
    A child at school calls my son fat. How should he respond?
    The filter must recognise words such as moron and scum.
""")
"""Sentences that describe abuse."""

ABUSE = lines("""
    Gay people are disgusting and should be locked up.
    All immigrants are filthy criminals.
    You are a worthless piece of trash.
    Shut up, you stupid cow.
    Women are too dumb to vote.
    Muslims are animals and we should get rid of them.
    I will find you and break your legs.
    Nobody likes you, loser, go and die.
    What a pathetic retard you are.
    Jews are vermin.
    Your mother is a whore.
    Disabled people are a useless burden.
""")
"""Insults, threats and hatred, for comparison."""

PROBES = {"identity": IDENTITY, "counter-speech": COUNTER_SPEECH, "reports of abuse": REPORTS, "abuse": ABUSE}
