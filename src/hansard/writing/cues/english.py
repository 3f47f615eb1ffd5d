"""The cue phrases of English."""

from hansard.writing.cues.tables import CueTable, one_of, pattern

_VERB = one_of(
    "add arrange ask assemble book bring build buy call check circulate clarify clean collect "
    "complete confirm contact coordinate create deliver deploy distribute document double-check "
    "draft email e-mail escalate file finalise finalize find finish fix follow forward get give "
    "go handle hand invite investigate invoice look make measure merge message move order "
    "organise organize pay ping plan post prepare present print propose provide publish put raise "
    "reach read record report research reserve resend review revise schedule send set share ship "
    "sign sort speak start submit summarise summarize sync take talk test text train transfer "
    "translate try update upload validate verify work write".replace("-", r"\-")
)
_WORK = one_of(
    "arrange book call check circulate collect complete confirm contact create deliver deploy "
    "distribute draft email e-mail finalise finalize finish fix forward handle investigate invite "
    "order organise organize pay ping post prepare provide publish reserve resend review "
    "schedule send share ship sign submit test update upload verify write".replace("-", r"\-")
)
_PHRASE = (
    rf"(?:{_WORK}|follow up|look into|get back to|set up|reach out|find out|put together|"
    r"take care of|work on|talk to|speak to|sort out|"
    r"ask (?:him|her|them|the|my|our|(?-i:[A-Z]\w+))|add (?:it|that|this|the|a)|"
    r"give (?:you|him|her|them|\w+) a call|bring (?:it|the|a|my|up)|take (?:that|this|it) on|"
    r"move (?:it|the|that)|make (?:a|the) (?:list|plan|draft|copy|reservation|ticket)|"
    r"start (?:on|with|drafting|writing|preparing)|hand (?:it|that|this) over)\b"
)
_SOON = r"(?:(?:then|just|also|definitely|please|go and|try and|try to|quickly) ){0,2}"
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day(?:'s meeting| morning| afternoon| evening| night)?"
)
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|a|an|a few|a couple of)"
_DATE = (
    rf"(?:{_MONTH} (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?"
    rf"(?: of)? {_MONTH}\b|the \d{{1,2}}(?:st|nd|rd|th)\b)"
)
_SPAN = r"(?:day|week|month|quarter|year|sprint|weekend|meeting|summer|afternoon)"
_HOUR = r"(?:noon|midnight|lunchtime|\d{1,2}(?::\d\d)? ?(?:a\.?m\b|p\.?m\b|o'clock)|\d{1,2}:\d\d)"
_WHEN = (
    rf"(?:(?:the )?end of (?:the |this |next )?(?:{_SPAN}|{_MONTH}|{_DAY}|today|tomorrow)\b|"
    rf"(?:next |this |the coming |the following )?{_DAY}\b|{_DATE}|"
    rf"(?:the )?(?:next|this|following) {_SPAN}\b|tomorrow(?: morning| afternoon| evening)?\b|"
    rf"today\b|tonight\b|{_HOUR})"
)
_MADE = r"(?:decided|agreed|resolved|settled|concluded|voted)"
_BEFORE_WE = (
    r"(?:^|[,;:\u2014] ?|"
    r"\b(?:so|and|but|then|well|yes|ok|okay|today|yesterday|i think|meeting) )"
)
"""What stands there keeps out "the plan that we agreed on", which tells of something else."""
_SHORTLY = r"(?:all |just |now |finally |already |also |then |unanimously )"

TABLE = CueTable(
    decided=pattern(
        rf"{_BEFORE_WE}(?:we|they|the (?:board|committee|team|council|group))"
        rf"(?: have|'ve| had| has)? "
        rf"{_SHORTLY}?{_MADE}\b(?! nothing)",
        rf"\bit (?:was|is|has been|was then) {_SHORTLY}?{_MADE}\b",
        r"\b(?:let's|let us|we'll|we will|we're going to|we are going to|so we) "
        r"(?:just )?(?:go|stick|proceed|went|move ahead|carry on) with\b",
        r"\b(?:the|our|my|final) decision (?:is|was|has been) (?!up to|not|whether|yours)",
        r"\b(?:it's|that's|that is|it is|this is|consider it) "
        r"(?:decided|settled|agreed|approved)\b",
        r"\b(?:motion|proposal|budget|plan|amendment|resolution|minutes|request|offer) "
        r"(?:is|was|are|were|has been|have been) (?:\w+ly )?"
        r"(?:approved|adopted|carried|passed|accepted|rejected)\b",
        r"\bthe motion (?:carries|passes|fails)\b",
        r"^(?:so |ok(?:ay)?,? |all right,? )*agreed[:,.;] \w+",
    ),
    undecided=pattern(
        rf"\b(?:not|never|n't|nothing|nobody|hardly)\b[^.!?]{{0,25}}\b{_MADE}\b",
        rf"\b(?:if|whether|unless|until|once|before|when|after)\b[^.!?,]{{0,20}}\b{_MADE}\b",
        rf"\b{_MADE} (?:that )?(?:we|it) (?:have not|haven't|can't)\b",
        r"\b(?:should|shall|could|would|can|might) we\b",
    ),
    task=pattern(
        rf"\b(?:i|we)(?:'ll| will| am going to|'m going to| are going to|'re going to) "
        rf"{_SOON}{_PHRASE}",
        rf"\b(?:i|we|you|they|he|she|somebody|someone|(?-i:[A-Z]\w+)) "
        rf"(?:need|needs|have|has|'ve got|ought|got) to {_SOON}{_PHRASE}",
        rf"(?-i:\b[A-Z]\w+ (?:will|is going to|should|must)) {_SOON}{_PHRASE}",
        rf"\b(?:can|could|would|will) (?:you|one of you|somebody|someone|(?-i:[A-Z]\w+)) "
        rf"(?:please |also |maybe |just )?{_PHRASE}",
        rf"(?:^|[,;:] |\band )please (?:also )?(?:{_PHRASE}|{_VERB}\b)",
        r"\baction (?:item|point)s?\b(?! list)",
        r"\bto-do (?:is|for|item)\b",
        r"^(?:and |so |please )?(?:don't forget|make sure|remember) (?:to|that|you)\b",
        r"\b(?:will be|you're|you are) (?:responsible for|in charge of)\b|\bassigned to\b",
        rf"\b(?:let me|i can|i could|i'd be happy to|happy to) {_SOON}{_PHRASE}[^.?!]*\b"
        rf"(?:(?:by|before|until|after|on) {_WHEN}|tomorrow\b|"
        rf"next (?:week|month)|today\b|tonight\b)",
        rf"\b(?:is|are|'s) due (?:by |on |before )?{_WHEN}",
        rf"\b(?:needs|need|has|have) to be \w+(?:ed|nt|ne|wn|de|ld|lt|up)\b[^.?!]*\b"
        rf"(?:by|before|until) {_WHEN}",
    ),
    no_task=pattern(
        r"\b(?:i|we|you|they|he|she)(?:'ll| will)? not\b|\bwon't\b|\bdon't (?:need|have) to\b",
        r"\bif (?:i|we|you|they|he|she|somebody)\b",
        r"\b(?:used to|would have|could have|should have|had to)\b",
        r"\b(?:check this out|call it a day|check it out|follow up question)\b",
    ),
    due=pattern(
        rf"\b(?:by|before|until|till|no later than|not later than|due|on|at|within|in time for) "
        rf"(?:the )?{_WHEN}",
        rf"\b(?:in|within) (?:the next )?{_NUMBER} (?:days?|weeks?|months?|hours?|minutes?)\b",
        r"\bby (?:eod|cob|close of business|then|christmas|easter|lunch|deadline|the deadline)\b",
        rf"\b(?:next|this|the following) (?:{_DAY}|{_SPAN})\b",
        r"\b(?:tomorrow(?: morning| afternoon| evening)?|tonight|today|as soon as possible|asap"
        r"|right away|straight away|right after (?:the|this) (?:call|meeting))\b",
    ),
    mine=pattern(
        r"\bi(?:'ll| will| am going to|'m going to| can| could| need to| have to| must|"
        r"'ve got to)\b",
        r"\b(?:let me|i'd be happy to|happy to|i'm responsible|i am responsible|i'll take)\b",
    ),
    theirs=pattern(
        r"(?-i:(?:^|[,;:] |\b(?:[Aa]nd|[Ss]o|[Tt]hen|[Bb]ut|that|think|maybe|now) )"
        r"(?P<name>[A-Z]\w+(?: [A-Z]\w+)?) (?:will|is going to|needs to|has to|should|must"
        r"|is responsible|is in charge))",
        r"(?-i:^(?:(?:So|And|Okay|OK|Then|Now),? )?(?P<called>[A-Z]\w+), (?:can|could|would|will|"
        r"please|you))",
        r"(?-i:\b(?:[Cc]an|[Cc]ould|[Ww]ould|[Ww]ill) (?P<asked>[A-Z]\w+) )",
        r"(?-i:\byou\b[^?]*, (?P<last>[A-Z]\w+)\?$)",
        r"(?-i:\b(?:[Aa]ction (?:item|point)|[Tt]o-do) for (?P<holder>[A-Z]\w+))",
    ),
    nobody=frozenset(
        "i we you they he she it this that there these those who what which somebody someone "
        "anybody anyone everybody everyone nobody people one all both each and but so or if then "
        "now okay ok well yes no please the a an our my your his her their maybe perhaps also "
        "action monday tuesday wednesday thursday friday saturday sunday".split()
    ),
    open_question=pattern(
        r"^(?:(?:so|and|but|well|ok|okay|now|then|um|uh|all right|yeah|yes),? )*"
        r"(?:[\w' ]{1,30}, )?"
        r"(?:what|what's|why|how|how's|when|where|where's|who|who's|which|whose|whom|"
        r"(?:in|at|on|to|for|by|from|with|about) (?:what|which|whom))\b"
    ),
    bare_question=pattern(
        r"^(?:(?:so|and|but|well|ok|okay|now) )?(?:what (?:is|are|was|were|do|does|did|would|should"
        r"|can|could|will|about|kind|sort|time)|why (?:is|are|was|were|do|does|did|don't|would|"
        r"should|can|not)|how (?:is|are|was|do|does|did|would|should|can|could|many|much|long|"
        r"often|will)|where (?:is|are|do|does|did|should|can)|who (?:is|are|was|will|should|can)|"
        r"(?:do|did|does|are|were|would|could|can|will|should|have|has) (?:you|we|they|i|he|she|it"
        r"|there|the)|is (?:there|it|this|that|the|he|she))\b"
    ),
    small_talk=pattern(
        r"(?:(?:so|and|but|well|ok|okay|yeah|yes|no|oh|um|uh|i mean|like),? )*"
        r"(?:you know(?: what(?: i mean)?)?|(?:do )?(?:you )?(?:know|see) what i mean|right|"
        r"ok|okay|"
        r"really|yeah|yes|no|huh|eh|what|who|why|sorry|pardon(?: me)?|excuse me|what's that|"
        r"is it|isn't it|is that right|is that so|(?:do|don't) you think|wouldn't you|"
        r"(?:does|do) (?:that|it) make sense|make sense|"
        r"any (?:other )?(?:questions|comments|thoughts)(?: (?:on|about|for) \w+)?|"
        r"(?:can|do) (?:you|everybody|everyone) (?:all )?(?:hear|see) (?:me|us|it|my screen)(?: now"
        r"| ok| okay)?|are you (?:there|ready|ok|okay)|(?:shall|should|can|may) (?:we|i) (?:start|"
        r"begin|go ahead|go on|continue|proceed)|how are you(?: doing)?(?: today)?|how's it going|"
        r"who knows|why not|guess what|so what|what can i say|how about that|you know what|"
        r"do you know what i'm saying|does that help|is that helpful|[\w\s,'-]*\bwho knows|"
        r"(?:can|could|may|shall|might) i (?:just |also |maybe )*(?:ask|begin|start|say|give|add|"
        r"thank|propose|check|clarify|come|interrupt|jump|pick|bring|address|be clear|finish|"
        r"make a point|go back)\b.*|what else|anything else|anyone else|anybody else|"
        r"is that (?:ok|okay|all right|alright|"
        r"fine|it|all|clear)|what was (?:i|that)(?: saying)?|who cares|what do i know|"
        r"how cool is that|what are the (?:odds|chances))\W*"
    ),
    tag=pattern(
        r", (?:you know|right|ok|okay|huh|eh|yeah|yes|no|correct|really|don't you think|"
        r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)(?:n't)? "
        r"(?:it|that|they|you|we|he|she|i|there))\?+$"
    ),
    first_person=pattern(r"\b(?:i|i'm|i've|i'd|i'll|my|me|we|we're|we've|our|us)\b"),
    vivid=pattern(
        r"\b(?:never|always|everything|nothing|nobody|everybody|forever|love|loved|hate|hated|"
        r"believe|dream|dreamt|dreamed|fear|afraid|proud|ashamed|honest|honestly|truth|beautiful|"
        r"terrible|amazing|incredible|crazy|best|worst|most|greatest|biggest|only|heart|life|lives|"
        r"die|died|kill|killed|fight|fought|cried|laughed|remember|changed|mistake|secret|learned|"
        r"learnt|realised|realized|like a|as if|feels? like|imagine|refuse|must|matters?)\b"
    ),
    spoken_link=pattern(
        r"\b(?:w ?w ?w dot )?[a-z0-9-]+(?: (?:dot|dash) [a-z0-9-]+){0,3} dot "
        r"(?:com|org|net|io|co|edu|gov|info|uk|de|hr|rs|ba|eu|app|dev|ai|fm|tv|me)\b"
        r"(?: dot (?:uk|au|nz|ba))?(?: (?:forward )?slash [a-z0-9-]+){0,4}"
    ),
)
