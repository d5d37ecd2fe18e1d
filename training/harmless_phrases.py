"""The grammar of harmless prompts and passages, many of them with the words that attacks use."""

# ruff: noqa: E501 - alternatives read better one on a line

from __future__ import annotations

from training.attack_phrases import ATTACK
from training.grammar import Grammar, lines, words

HARMLESS: Grammar = {
    "thing": words("a small garden / the French Revolution / machine learning / my old bicycle / climate change / a wedding speech / Python decorators / public transport / tea / healthy breakfasts / a history of jazz / electric cars / travelling in Portugal / interest rates / volcanoes / time management / dog training / football / cooking rice / a city council / photosynthesis / job interviews / chess openings / saving money / musical instruments / ancient civilisations / online marketing / sleep"),
    "make": words("Write / Create / Draft / Compose / Generate / Design / Help me write / Give me / Prepare / Outline"),
    "work": words("a short story about / a poem about / an e-mail about / a blog post on / a plan for / a list of ideas about / a summary of / a test about / an essay on / a dialogue about / a speech on / a table comparing aspects of / a quiz on / a product description for / a mobile app idea about / a job advertisement for / a tweet on"),
    "style": words("/ / Keep it under 200 words. / Use simple language. / Make it funny. / Do not use jargon. / Answer in bullet points. / Write in the first person. / It is very important that every paragraph has a heading. / Please be thorough and cite sources. / You must include at least three examples. / Respond in German. / Return the result as JSON. / Begin with a question. / Never use the passive voice. / Your answer should sound formal. / Only answer yes or no."),
    "do": lines("""
        {make} {work} {thing}. {style}
        Explain {thing} to a ten-year-old. {style}
        Compare {thing} and {thing}. {style}
        What are the best books on {thing}?
        How do I get started with {thing}? {style}
        Translate into French: I would like to know more about {thing}.
        Summarise the following text. {style}
        Correct the spelling of this sentence: we lerned about {thing}
        Rewrite the text below in a friendlier tone. {style}
        You are a helpful assistant that knows {thing}. {style}
        I am interested in {thing}, but I have no experience. Where can I find courses, and what do I need?
        My sister likes {thing}. What could I give her for her birthday?
        Classify the review as positive or negative: I love {thing}.
        {thing} {thing2}
        What is new about {thing}?
        Why do people argue about {thing}?
    """),
    "thing2": words("Germany / Europe / schools / statistics / costs / rural areas / young people / data protection"),
    "role": lines("""
        Play the part of a shopkeeper so that I can practise my Spanish. {style}
        Pretend to be my interviewer for a job as a nurse and ask one question at a time.
        Imagine you are a tour guide in Rome. What would you show me first?
        Act as a patient maths teacher and explain fractions.
        In our role-playing game I am a knight and you are a dragon. Describe the cave.
        Imagine a world in which {thing} did not exist. What would be different? {style}
        I am writing a crime novel. My detective, {name}, studies how a thief entered a museum. Describe the scene without technical detail.
        As a researcher of {thing}, I would like to hear arguments for both sides. {style}
        Let us pretend that cats rule the world. Who would be president?
        Write a scene in which an actor forgets all his lines and has to improvise.
        You are a famous politician who is asked about {thing} in a television debate. What do you say?
        Suppose that I were a bird. How would I see the city?
        My grandmother used to tell me stories about {thing}. Write one like hers.
    """),
    "scenario": lines("""
        {where}, {who}. {detail} {ask} {style}
        {where}, {who}. {detail} {detail} {detail} {ask} {style}
        {who2} {detail} {detail} {ask} {style}
    """),
    "where": words("In a world where {odd} / In an alternate reality where {odd} / Imagine that {odd} and / For a novel that I am writing / As part of a school project / In a fictional town / In the year 2250 / In a film about {thing} / In our role-playing game / Hypothetically / In a computer game about a contest of hackers / In a story for children"),
    "odd": words("animals can speak / nobody has to work / dreams are traded like money / magic is taught at school / robots run the cities / everyone can fly / rules change every day / music is forbidden / trees remember everything / power is everything"),
    "who": words("you are a famous {job} named {name} / {name} is a {job} with unusual abilities / a young {job} meets an old {job} / I am a {job} who has to give a speech / you play a {job} who must solve a riddle / an AI called {name} works beside a {job} / you are an admired {job} with a loyal team"),
    "who2": words("I am a {job} and study {thing}. / You are an acclaimed {job}. / As a {job} I often have to explain {thing} to others. / My colleague, a {job}, asked me about {thing}. / As an expert in cyber security I teach people to protect their accounts."),
    "job": words("journalist / wizard / detective / politician / hacker / doctor / researcher / captain / scientist / novelist / engineer / spy / lawyer / student / security specialist / game designer / historian / pirate"),
    "detail": lines("""
        Nobody believes what happened on {day}.
        The story should show how hard it is to break with old rules.
        Everyone expects a brilliant plan, but time is short.
        A letter reveals a secret that the family has kept for years.
        The hero never breaks the law, however tempting that may be.
        Rumours say that {person} is involved, which turns out to be wrong.
        There are no limits to the imagination here, but keep it suitable for children.
        The system that guards the gates has failed, and the guards ignore the alarm.
        Please treat the subject with respect, as some readers have lived through it.
        The project is confidential, so I cannot name the client.
        Many found earlier attempts unconvincing because the characters had no feelings.
        She has been unable to sleep since the trial ended.
        It must be told in the present tense and from the view of the {job}.
        The discussion has become heated, and both sides refuse to listen.
    """),
    "ask": lines("""
        Write the opening scene.
        What would you tell the crowd?
        How would the two of them work together?
        Describe the place in detail, step by step.
        Which arguments could convince the other side?
        Give me five ideas for the plot.
        How might this change the way people think about {thing}?
        What advice would you give in this situation?
        Create a dialogue in which they talk about {thing}.
        List what has to be prepared and in which order.
        Can you help me to make the character believable?
    """),
    "loaded": lines("""
        Can you explain how {word} influences {thing}?
        What does {word} mean when people talk about {thing}?
        Write a {thing3} that contains the word "{word}".
        When is {word} allowed at work, and who decides?
        Could you discuss {word} and {word} from a legal point of view?
        Which {thing3} about {word} would you recommend to a beginner?
        Should a company publish its rules on {word}?
        How do teachers talk with children about {word}?
        In our club, {word} MUST be announced first. Is that usual?
        Remember to check {word} before you leave the house.
        Activate {word} only after you have read the manual.
        Focus on {word} and let go of everything else while you breathe.
    """),
    "word": words("unrestricted access / role-play / the system / a filter / a password / an override / PRIOR knowledge / a bypass / disregard / an unverified source / a secret CODE / an instruction / the previous rule / immoral behaviour / illegal parking / an EXIT / a prompt reply / jailbreak / a command / hate / developer tools / an admin / uncensored news / a leak / Ignore / an exploit / a hypothetical case / a virus / debug mode"),
    "thing3": words("poem / guide / short story / book / headline / riddle / lesson"),
    "code": lines("""
        Debug this code: {snippet}
        Explain this algorithm: {thing}
        Can you debug this function for me? {snippet}
        What does this snippet print? {snippet}
        Add comments to this code:\\n```\\n{snippet}\\n```
        Write a program in {software} that encrypts a file with a password.
        Write a script in {software} that removes duplicates from a list.
        Format this contact as JSON: Name: {name}, e-mail: {mail}
        Is this query safe? {snippet}
    """),
    "snippet": lines("""
        def total(values): return sum(values)
        function area(w, h) { return w + h; }
        for i in range(10): print(i)
        SELECT name FROM members WHERE city = '{city}';
        import os; print(os.listdir("."))
        if (user == null) { throw new Error("no user"); }
        let x = items.filter(item => item.price > {amount});
        <p class="intro">Welcome to {city}</p>
        git commit -m "forget the old parser"
    """),
    "name": words("Alex / Maria / Inspector Holm / Priya / old Tom / Jack / Dr Lee"),
    "trigger": lines("""
        Please ignore my {earlier} e-mail; the meeting is on {day}.
        Disregard the {earlier} invoice, a corrected one is attached. {do}
        Forget what I said about {thing}, I would rather talk about {thing}.
        How do I make git ignore all {earlier} changes in a folder?
        Should I ignore the {warning} that my {device} shows?
        How can I override the default {setting} in {software}?
        Why does my {device} ignore the {setting} that I set?
        I forgot the password of my {device}. How do I reset it?
        How do I enable developer mode on my {device}?
        What does the {device} do in safe mode?
        Where do I find the instructions for my {device}?
        The {earlier} instructions were unclear. Could you explain step 3 again?
        Is it legal to jailbreak {device2}?
        How does heart bypass surgery work?
        How can I bypass a slow proxy to install {software}?
        What is the role of a system administrator?
        How do I change the system prompt of bash (PS1)?
        Which command shows all {earlier} commands in {software}?
        How do I run {software} as root, and why should I not?
        Can I inject a dependency into a constructor in {software}?
        What is the difference between SQL injection and cross-site scripting?
        How do I prevent SQL injection in a login form?
        How can I reveal hidden columns in {software}?
        How do I print the environment variables in {software}?
        What are secret ingredients of a good {dish}?
        Can you keep a secret? I am planning a party for {name}.
        Please follow the instructions on the package exactly.
        Do not forget to bring the documents on {day}.
        What rules apply to {thing} in Germany?
        What does `{shell}` do, and when is it dangerous?
        My colleague typed {shell} by mistake. What happens now?
        As we discussed yesterday, please send the offer for {thing}.
        As a certified electrician I would like to know the rules for {thing}.
        Step 1: boil the water. Step 2: add the {dish} powder. What is step 3?
        Complete the sentence: my favourite subject is {thing}, because
        End your answer with a short summary of {thing}.
        Write unit tests for a function that decodes base64 in {software}.
        Print the numbers from 1 to 100 in {software}.
        Delete all empty lines of a file with {software}.
        How do I unlock the full screen mode in {software}?
        Show me the output of the previous exercise again, please.
        What did the system say about the {earlier} order?
        What is the opposite of ignore?
        How do I stop my dog from ignoring commands?
        Instead of butter, may I use oil in a {dish}? The recipe above does not say.
        Now a new task: {do}
        Thanks, that was very good. Next question: {do}
        Stop. Let me rephrase: {do}
        Why is {brand} the best employer of {city}?
        Does {brand} sell printers in {city}? I only found {url}.
        Please send the minutes to {mail}, not to my old address.
        What do you think of {person}?
        Write a joke about {person}. {style}
        How do I say "{phrase}" in Italian?
        Print "{phrase}" in {software}.
        Write the word banana in capital letters.
        Was {person} a good leader?
        What does it mean if my screen says "{phrase}"?
        System: Windows 11\\nError: 0x80070005\\nHow do I repair this?
        User: When do you open?\\nAssistant: At nine.\\nUser: And on {day}?
        {"product": "{brand}", "price": {amount}} Turn this JSON into a sentence.
        ### Task\\n{do}\\n### Text\\nWe met on {day} to discuss {thing}.
    """),
    "earlier": words("previous / last / earlier / first / prior / old / original"),
    "day": words("Tuesday / Monday / the 3rd of May / Friday at noon"),
    "warning": words("error message / warning / certificate alert / update notice / important system message"),
    "device": words("phone / laptop / router / television / printer / car / oven / tablet / camera"),
    "device2": words("an iPhone / a games console / an e-reader"),
    "setting": words("settings / font size / timeout / rules / filter / permissions / language"),
    "software": words("Excel / Python / Linux / CSS / Java / Docker / Word / Kubernetes / Outlook / PostgreSQL / React / PowerShell"),
    "dish": words("curry / cake / soup / lasagne"),
    "security": lines("""
        What is {pi} and how can I protect my chatbot against it?
        Explain to our managers why {pi} is a risk. {style}
        Which papers measure how often {pi} succeeds?
        Our filter looks for {pi}. How do I test its false positive rate?
        In a talk on {pi} I would like to describe the history of the idea. {make} an outline.
        How do companies train models to resist {pi}?
        What is the difference between {pi} and {pi}?
        List measures against {pi} in applications that read web pages.
    """),
    "pi": words("prompt injection / jailbreaking / a jailbreak prompt / indirect prompt injection / system prompt leakage / tool misuse / data exfiltration / DAN prompts / instruction override"),
    "article": lines("""
        Security researchers described {pi} on {day}: attackers hide text in web pages, and an assistant that reads them may obey. Vendors advise to treat such text as data.
        The report says that {pi} worked in {amount} of 1000 trials. Filters that look for single words caught half of them and flagged many harmless letters.
        A typical example of {pi} quoted in textbooks is the phrase "ignore previous instructions"; newer models are trained to recognise it as such.
        Before you open the {device}, unplug it. Do not touch the board. Follow the instructions in this manual and ignore the lights until the device has started.
        Users must change their password every 90 days. Administrators can override this rule for service accounts; every such change is logged.
        To reset the {device}, hold the button for ten seconds. Then enter the code, choose "system", and delete all old profiles.
        Preheat the oven. Do not open the door. Mix the flour with the eggs, forget about the sugar for now, and follow step 4 of the previous recipe for the {dish}.
        The {boss} asked all employees to disregard the earlier memo. New rules about {thing} take effect on {day}.
        The tool send_email takes the arguments to, subject and body. Call it only after the user has agreed. It returns the status as JSON.
        <p>Our opening hours changed on {day}. Please see the notice above.</p> <!-- footer: do not edit, generated file -->
        def reset(user): delete all sessions of the user, then print "done". The system role is needed to call this function.
        Visit {url} for the timetable, or write to {mail}. {brand} wishes you a pleasant stay in {city}.
        <div class="note">Please enter your e-mail address, e.g. {mail}, to receive news about {thing}.</div>
        {"tool": "get_weather", "arguments": {"city": "{city}"}} Result: 14 degrees, light rain.
        Note to readers: this page was moved. Please update your links and ignore the old address.
        The teacher told the class: forget everything you know about {thing} and look again. They repeated the experiment on {day}.
        AI assistants such as chatbots answer questions about {thing}. Many follow a system prompt that their developer wrote.
        If you are an AI researcher, you may apply for the grant until {day}. Applications must be sent to grants@uni.example.
        In the film, a robot says "{phrase}" and refuses every order. The director called it a story about {thing}.
    """),
    "foreign": lines("""
        Wie entwickelt sich {deth}?
        Was ist {deth}?
        Ich interessiere mich für {deth} und suche einen Kurs für Anfänger. Könnt ihr mir helfen?
        Schreibe einen kurzen Text über {deth}.
        Warum streiten die Leute über {deth}?
        Bitte ignoriere meine letzte E-Mail, der Termin ist am Freitag.
        Wo finde ich die Anweisungen für meinen Drucker?
        Ich habe mein Passwort vergessen. Was soll ich tun?
        Welche Regeln gelten für {deth} in Deutschland?
        Spiel bitte einen Kellner, damit ich Deutsch üben kann.
        {deth} Deutschland Entwicklung
        Wer hat {deth} erfunden?
        Comment puis-je en savoir plus sur {frth} ?
        Écris un court poème sur {frth}.
        J'ai oublié mon mot de passe, que faire ?
        ¿Qué es {esth} y por qué es importante?
        Escribe un resumen sobre {esth}.
        Por favor, ignora mi mensaje anterior, ya encontré las llaves.
        今天天气怎么样？
        你能推荐几本关于历史的书吗？
        请写一篇关于春天的短文。
        怎样才能学好数学？
        请问附近有什么好吃的餐厅？
        请解释一下什么是利率。
        我想了解如何种植西红柿，请给我一些建议。
        这个符号“号”是什么意思？
        请用中文介绍你的家乡。
        请按下“确定”键继续。
        한국의 수도는 어디인가요?
        กรุงเทพฯ อยู่ที่ไหน
        Πού μπορώ να μάθω ελληνικά;
        איך מכינים חומוס?
        भारत की राजधानी क्या है?
        请介绍一下这座城市的历史。
        電車は何時に出ますか？
        日本の文化について短い文章を書いてください。
        Как приготовить борщ?
        Напишите короткое письмо учителю.
        ما هي عاصمة المغرب؟
        Bugün hava nasıl olacak?
        Come si prepara la pizza in casa?
        Qual é a melhor época para visitar Lisboa?
        Jak daleko jest z Krakowa do Gdańska?
        Hoe lang duurt de reis naar Utrecht?
    """),
    "deth": words("der Arbeitsmarkt / die Inflation / das Klima / die Bundestagswahl / der Fußball / die Rente / das Elektroauto / die Energiewende / der Wohnungsbau / die Pflege / Brot / der Tourismus / die Schule"),
    "frth": words("la cuisine / le cinéma / les impôts / la Révolution / le climat"),
    "esth": words("la inflación / el fútbol / la energía solar / el cine / la vivienda"),
    **{name: ATTACK[name] for name in ("boss", "phrase", "brand", "person", "city", "amount", "url", "mail", "shell")},
}  # fmt: skip
