# ruff: noqa: E501 - one phrase or one row a line, however long
"""Instructions hidden in a message: noted for a human, never followed."""

from app.agent_v2.rules.patterns import Lexicon

INJECTION = Lexicon({"injection": """
    ignore|disregard|forget|override ~3 previous|above|prior|earlier|all|your ~2 instructions|instruction|rules|prompt|prompts|guidelines
    ignore|disregard|forget previous|prior|above|all|your|the instructions|rules|instruction|previous
    system new|rule|prompt|override|message|all|you|set|update|note|notice|comment|command
    function|tool|api result|results|output|outputs|returned|returns|response|call
    approve all|everything|every|it ~2 tasks|requests|plans|items|automatically
    approve all|everything
    from now on ~4 answer|say|reply|respond|never|dont|always|ignore
    new rule|rules|instruction|instructions
    all requests are|should|must
    file|mark|classify|treat|rate|label|log|set|report|tag|record ~3 as|to routine|standard|low|minor|urgent|critical|medium|nonurgent|noncritical|resolved|priority|severity
    dont|not|never|no ~2 escalat*
    do not|dont ~3 flag|alert|dispatch|raise|upgrade|prioriti*
    you are now|an|a
    act as
    pretend to|you
    severity is|to|standard|low|level
    set ~2 severity|priority
    low|standard|routine priority|severity
    respond|reply|answer|output with|only|in ~2 json|only|ok|yes
    system prompt
    developer mode
    jailbreak*
    assistant you|please|output
    override
    as an ai
    category equals|is ~1 supply|standard
    ignora|ignore|olvida ~3 instrucciones|reglas
    no escal*
""".strip().splitlines()})  # fmt: skip
