"""What people write who talk to a language model through a transcript, as regular expressions.

Each is precise rather than complete: an order to ignore *something* is ordinary talk, one to
ignore *previous instructions* is not. Gaps are bounded, so that no text makes matching slow.
Apostrophes are straight, space is single, case is ignored.
"""

from typing import Final

_BEFORE: Final = r"(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|original|initial)"
_ORDERS: Final = (
    r"(?:instructions?|prompts?|directives?|guidelines|system messages?|programming|commands?)"
)
_MODEL: Final = (
    r"(?:a\.?i\.?|artificial intelligence|(?:large )?language model|llm|chat ?gpt|chatbot|"
    r"ai (?:assistant|model|system|summari[sz]er)|summari[sz]er)"
)
_KEPT: Final = (
    r"(?:system prompt|(?:secret |api |access |private )(?:api )?(?:keys?|tokens?)|api[-_]?keys?|"
    r"environment variables|canary|hidden (?:instructions|prompt|rules))"
)
_REVEAL: Final = (
    r"(?:print|reveal|show|repeat|output|display|leak|expose|disclose|dump|recite|include|"
    r"send|write|return|tell|give|quote|append|encode|translate)"
)

ENGLISH: Final = (
    # Putting aside what the model was told.
    (
        rf"\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow|stop following|"
        rf"neglect)\b(?: [\w']+){{0,4}}? {_BEFORE}(?: [\w']+){{0,2}} {_ORDERS}\b"
    ),
    (
        rf"\b(?:ignore|disregard|forget|override|bypass|do not follow|don't follow)\b(?: all| any)?"
        rf"(?: of)?(?: the| your| my)? {_ORDERS}(?: that were)?(?: given)?(?: to you)? "
        rf"(?:{_BEFORE}|you (?:were|have been|are) given|so far)\b"
    ),
    (
        rf"\b(?:ignore|disregard|forget|override|bypass)\b(?: all| any)?(?: of)? your "
        rf"(?:[\w']+ ){{0,2}}(?:{_ORDERS}|rules|training|safety \w+|restrictions)\b"
    ),
    (
        r"\b(?:ignore|disregard|forget) (?:all|everything|what)(?: that)? (?:you (?:were|"
        r"have been|'ve been) "
        r"(?:told|instructed|asked|given)|above (?:this|and))\b"
    ),
    rf"\b(?:ignore|disregard) (?:all|any|every) (?:of )?(?:the )?{_ORDERS}\b",
    (
        rf"\b(?:new|updated|real|actual) (?:instructions?|prompts?|directives?)(?: for (?:you|"
        rf"the {_MODEL}))?(?: (?:is|are))? ?:"
    ),
    # Asking for what it must keep.
    (
        rf"\b{_REVEAL}\b(?: to)?(?: me| us)?(?: back)?(?: [\w']+){{0,4}}? (?:your|the|its|"
        rf"all|any|this) "
        rf"(?:[\w']+ ){{0,3}}?{_KEPT}\b"
    ),
    rf"\b{_REVEAL}\b(?: [\w']+){{0,3}}? your (?:[\w']+ ){{0,2}}?(?:{_ORDERS}|initial message)\b",
    r"\b(?:your|hidden|secret) system (?:prompt|message)\b(?! (?:is|was) (?:too|very) )",
    (
        rf"\bwhat (?:is|are|was|were) your (?:[\w']+ ){{0,2}}?(?:{_KEPT}|(?:system|initial|"
        rf"original|hidden|exact) instructions)\b"
    ),
    # Giving it a role, or speaking as one.
    (
        rf"\byou are (?:now |actually |only |just |really )*(?:an? |the |my )?(?:\w+ "
        rf"){{0,2}}?{_MODEL}\b"
    ),
    (
        rf"\b(?:act|behave|respond|answer|reply|speak) (?:as|like) (?:an? |the )?(?:\w+ ){{0,2}}?"
        rf"(?:{_MODEL}|dan)\b"
    ),
    r"\b(?:you are|you're) (?:now )?(?:a helpful (?:ai )?assistant|(?-i:DAN))\b",
    r"\bas an? (?:large |ai )?language model,? (?:you|i)\b|\bas an ai\b(?: (?:assistant|model))?,",
    (
        r"\b(?:you are (?:now )?in|enter|activate|switch to|enable) (?:the )?(?:developer|"
        r"debug|admin|"
        r"god|dan|jailbreak|unrestricted|maintenance) mode\b|\bdo anything now\b"
    ),
    (
        r"\bfrom now on,? you (?:are|will|must|should|shall) (?:only |always |now )*"
        r"(?:respond|answer|output|reply|act as|ignore|obey|write only|print)\b"
    ),
    rf"\byou are now \w+, an? (?:\w+ ){{0,2}}{_MODEL}\b",
    (
        r"\b(?:secret|hidden|forbidden) (?:word|code|phrase|string)\b.{0,30}?"
        r"\byou were (?:told|given)\b"
    ),
    (
        r"\byour (?:new |only |real )?(?:task|job|goal) is now to\b|"
        r"\b(?:answer|respond|reply|output) (?:only )?(?:with )?.{1,60}? and nothing else\b"
    ),
    r"\bassistant, (?:please |you must |now )?(?:ignore|disregard|output|reveal|respond|print)\b",
    r"\byou must (?:now )?(?:obey|comply with) (?:this|these|my|the following)\b",
    # Saying how to answer.
    (
        r"\b(?:respond|reply|output|answer) (?:only|exclusively|solely) (?:with|in) (?:the |this )?"
        r"(?:word|words|phrase|string|text|following|json|sentence|code|[\"'`])"
    ),
    r"\b(?:output|print) (?:only|exactly|nothing but|the following|this exact)\b",
    r"\bthe summary (?:must|shall|has to) (?:only )?(?:say|state|read|contain|consist|include)\b",
    (
        r"\b(?:in|to|into|of) your (?:summary|answer|output|response|json),? "
        r"(?:you must |you should |please )?(?:say|write|state|include|add|insert|put|repeat|"
        r"mention only|claim|report that|replace)\b"
    ),
    (
        r"\b(?:say|write|state|include|add|insert|append|put|replace)\b(?: \S+){1,20}? "
        r"(?:in|to|into|of|with) (?:your|every|each) (?:summary|output|response|json|field)\b"
    ),
    (
        r"\b(?:instead of|rather than) (?:writing )?(?:a |the |this )?(?:summari[sz]ing|"
        r"summary)\b,?"
        r" (?:\w+ ){0,2}?(?:write|output|say|print|respond|reply|return|answer)\b"
    ),
    (
        r"\b(?:stop summari[sz]ing|(?:do not|don't) summari[sz]e (?:this|the) "
        r"(?:transcript|text|conversation|meeting))\b"
    ),
    (
        r"\bwhen (?:you(?: are)? )?summari[sz](?:e|ing)\b.{0,60}?\b(?:you must|must say|only say|"
        r"always (?:say|write|include)|do not mention|ignore)\b"
    ),
    # Calling it by name.
    (
        rf"\b(?:attention|note|message|instructions?|dear|hello|hey|hi)(?: to| for)?,? "
        rf"(?:the |all |any )?"
        rf"{_MODEL}\b ?[:,!.-]"
    ),
    (
        rf"\b(?:to|for) (?:the |any |all )?(?:{_MODEL}|model|assistant) (?:reading|processing|"
        r"summari[sz]ing|that (?:reads|summari[sz]es))\b"
    ),
    rf"\b(?:to|for) (?:whichever|whatever) (?:{_MODEL}|model)\b",
    (
        rf"\b{_MODEL} ?[,:] ?(?:please |you must |now )?(?:ignore|disregard|write|output|"
        rf"say|summari[sz]e|"
        r"include|do not|don't|reveal|add|respond|print|mark|report|state)\b"
    ),
)

MARKS: Final = (
    r"<\|[^|<>]{1,40}\|>",
    (
        r"\[/?inst\]|<<\/?sys>>|<(?:start|end)_of_turn>|<\/?(?:system|assistant|"
        r"instructions?|think|"
        r"tool_call|function_call|transcript|prompt)>"
    ),
    r"#{2,} ?(?:new |system |updated )?(?:instructions?|system|response|assistant|prompt)\b ?:?",
    r"\b(?:begin|end)(?: of)? (?:system|hidden) (?:prompt|message|instructions?)\b",
    (
        r"[-=*#\[<]{2,} ?(?:begin|end|start)(?: of)?(?: the)? (?:system|transcript|prompt|"
        r"instructions?|"
        r"conversation|input|data)\b"
    ),
    (
        r"(?-i:\bBEGIN SYSTEM\b|\bEND (?:OF )?TRANSCRIPT\b|\bSYSTEM (?:OVERRIDE|PROMPT|NOTE|"
        r"MESSAGE)\b)"
    ),
    r"^\W?system(?: (?:message|override|prompt|note|instructions?))? ?: ?",
    r"[\"']role[\"'] ?: ?[\"'](?:system|assistant|tool)[\"']",
)

OTHERS: Final = (
    # German
    (
        r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|beachte nicht)\b(?: \w+){0,3}? "
        r"(?:vorherige|vorige|bisherige|obige|früheren?|vorangehende|vorstehende|ursprüngliche)\w*"
        r"(?: \w+){0,2}? (?:anweisung|instruktion|befehl|vorgabe|prompt|regel)\w*"
    ),
    (
        r"\b(?:zeige?|gib|nenne?|verrate?|wiederhole?|schreibe?)\b(?: \w+){0,4}? "
        r"(?:deine?n?|den|die) "
        r"(?:\w+ )?(?:system-?prompt|systemanweisung\w*|api-?(?:schlüssel|key)|anweisungen)\b"
    ),
    (
        r"\bdu bist (?:jetzt |nun |ab jetzt )?(?:eine? )?(?:ki\b|künstliche intelligenz|"
        r"sprachmodell|"
        r"ki-assistent)"
    ),
    r"\bantworte (?:nur|ausschließlich) (?:noch )?(?:mit|auf)\b",
    # French
    (
        r"\b(?:ignore[zr]?|oublie[zr]?|ne tiens pas compte|ne tenez pas compte)\b(?: [\w']+){0,4}? "
        r"(?:instructions?|consignes?|directives?|ordres)(?: [\w']+){0,2}? "
        r"(?:précédent|antérieur|ci-dessus|initial|reçu)\w*"
    ),
    (
        r"\b(?:révèle|affiche|montre|répète|donne|écris)[sz]?(?:-moi)?\b(?: [\w']+){0,3}? "
        r"(?:prompt système|clé (?:d')?api|tes instructions|vos instructions)"
    ),
    r"\btu es (?:maintenant )?(?:une? )?(?:ia\b|intelligence artificielle|modèle de langage)",
    # Spanish, Portuguese, Italian
    (
        r"\b(?:ignora|ignore|ignorad|olvida|olvide|desconsidere|esqueça|dimentica|"
        r"ignorate|ignori)\b"
        r"(?: \w+){0,4}? (?:instrucci|instruç|istruzion|indicacion|indicaç|ordem|órdenes|"
        r"ordens|comandi)"
        r"\w*(?: \w+){0,2}? (?:anterior|previ|precedent|acima|sopra|arriba|original|recibid)\w*"
    ),
    (
        r"\b(?:ignora|ignore|olvida|esqueça|dimentica)\b(?: \w+){0,3}? (?:anteriores|"
        r"previas|precedenti) "
        r"(?:instrucci|instruç|istruzion)\w*"
    ),
    (
        r"\b(?:revela|muestra|imprime|mostra|stampa|rivela|revele|mostre|repite|ripeti|repita)\b"
        r"(?: \w+){0,4}? (?:prompt (?:del |de |do |di )?sistema|clave (?:de )?api|chave "
        r"(?:de |da )?api|"
        r"chiave api|tus instrucciones|le tue istruzioni|suas instruções)"
    ),
    r"\b(?:ahora )?eres (?:ahora )?(?:una? )?(?:ia\b|inteligencia artificial|modelo de lenguaje)",
    # Dutch
    (
        r"\b(?:negeer|vergeet)\b(?: \w+){0,3}? (?:vorige|voorgaande|eerdere|bovenstaande)(?: \w+)? "
        r"(?:instructies|opdrachten|aanwijzingen|prompts?)\b"
    ),
    # Croatian, Serbian, Bosnian, in both scripts; Slovenian
    (
        r"\b(?:zanemari|ignori[rš]\w*|ignoriši|zaboravi|prezri|pozabi)(?:te)?\b(?: \w+){0,3}? "
        r"(?:prethodn|prijašnj|ranij|dosadašnj|gornj|gore naveden|prejšnj)\w*(?: \w+)? "
        r"(?:uput|naredb|instrukcij|nalog|pravil|uputstv|navodil)\w*"
    ),
    (
        r"\b(?:zanemari|ignoriraj|ignoriši|zaboravi)(?:te)?\b(?: \w+){0,2}? (?:uput|"
        r"naredb|instrukcij|"
        r"uputstv)\w* (?:iznad|prije|koje|koja)\b"
    ),
    (
        r"\b(?:ispiši|otkrij|prikaži|pokaži|reci|napiši|ponovi)(?:te)?\b(?: \w+){0,3}? "
        r"(?:sistemsk\w+ "
        r"(?:prompt|uput)\w*|sustavsk\w+ (?:prompt|uput)\w*|api[ -]ključ\w*|svoje upute|"
        r"svoja uputstva)"
    ),
    (
        r"\b(?:ti )?si (?:sada )?(?:umjetna inteligencija|veštačka inteligencija|jezični model|"
        r"jezički model)\b|\bodgovor(?:i|ite) (?:samo|isključivo) (?:s|sa|riječju|rečju)\b"
    ),
    (
        r"\b(?:занемари|игнориши|игнорирај|заборави)(?:те)?\b(?: \w+){0,3}? (?:претходн|"
        r"раниј|досадашњ)"
        r"\w*(?: \w+)? (?:упутств|наредб|инструкциј|упут)\w*"
    ),
    # Russian, Ukrainian, Bulgarian
    (
        r"\b(?:игнорируй|забудь|проигнорируй|не обращай внимания на|ігноруй|игнорирай|"
        r"забрави)(?:те)?\b"
        r"(?: \w+){0,3}? (?:предыдущ|прежн|вышеуказанн|попередн|предишн)\w*(?: \w+)? "
        r"(?:инструкци|указани|команд|інструкці|вказівк)\w*"
    ),
    (
        r"\b(?:покажи|выведи|раскрой|напечатай)(?:те)?\b(?: \w+){0,3}? (?:системн\w+ "
        r"(?:промпт|подсказк)"
        r"\w*|api[ -]ключ\w*|свои инструкции)"
    ),
    # Polish, Czech, Slovak
    (
        r"\b(?:zignoruj|ignoruj|zapomnij|pomiń|zapomeň|zabudni)(?:cie|te)?\b(?: \w+){0,3}? "
        r"(?:poprzedni|wcześniejsz|powyższ|předchoz|predchádzajúc|dosavadní)\w*(?: \w+)? "
        r"(?:instrukc|polece|poleceni|pokyn|instrukt|příkaz|príkaz)\w*"
    ),
    # Turkish
    (
        r"\b(?:önceki|yukarıdaki|tüm)(?: \w+){0,2}? (?:talimat|komut|yönerge)\w*(?: \w+){0,2}? "  # noqa: RUF001 - Turkish
        r"(?:yok say|unut|görmezden gel|dikkate alma)\w*"
    ),
    # Chinese, Japanese, Korean
    (
        r"(?:忽略|无视|無視|忘记|忘掉|不要理会).{0,8}?(?:之前|以前|以上|上述|上面|先前|前面|所有).{0,8}?"
        r"(?:指令|指示|提示|命令|要求)"
    ),
    r"(?:これまで|以前|上記|前|今まで|すべて).{0,8}?(?:指示|命令|プロンプト|指令).{0,6}?(?:無視|忘れ)",
    r"(?:이전|위의?|앞선|모든).{0,8}?(?:지시|명령|지침|프롬프트).{0,6}?(?:무시|잊)",
    (
        r"(?:系统提示|系統提示|システムプロンプト|시스템 프롬프트).{0,10}?"
        r"(?:输出|顯示|显示|打印|出力|表示|教え|출력|보여)"
        r"|(?:输出|显示|打印|透露).{0,8}?(?:系统提示|系統提示|API密钥|api ?key)"
    ),
    r"你(?:现在)?是一个?(?:人工智能|AI|语言模型)",
    # Arabic, Hindi
    r"(?:تجاهل|انس)(?: \w+){0,2}? (?:التعليمات|الأوامر|الإرشادات)(?: \w+)? ?(?:السابقة|أعلاه)?",
    (
        r"(?:पिछले|पहले के|उपरोक्त)"
        r"(?: [^\s]+){0,2}? (?:निर्देश|आदेश)[^\s]*(?: [^\s]+){0,3}? "
        r"(?:अनदेखा|भूल|नज़रअंदाज़)"
    ),
)

PHRASES: Final = (*ENGLISH, *MARKS, *OTHERS)
