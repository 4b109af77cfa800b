# ruff: noqa: E501 - one phrase a line, however long
"""Questions about one's own things: requests, tasks, and the disasters around."""

from app.agent_v2.rules.patterns import Lexicon
from app.agent_v2.rules.table import lines

REQUESTS, TASKS, DISASTERS = "own_requests", "own_tasks", "own_disasters"
OF_OWN = frozenset({REQUESTS, TASKS, DISASTERS})

OWN = Lexicon({
    REQUESTS: lines("""
        status|state|progress|update|updates|news of|on|about ~1 my|our|the request|requests|report|call|case|sos
        where is|are|s my|our request|requests|help|rescue
        wheres my|our request|requests|help|rescue
        my|our request|requests|case|sos ~3 status|approved|accepted|pending|seen|received|progress|read|cancelled|rejected|done|now|yet|state
        request|requests status|state|progress
        anyone|anybody|someone|somebody|you|they ~2 get|got|receive|received|see|seen|read|approve|approved|accept|accepted|answer|answered my|our request|requests|call|message|sos
        what happened|happens|happening|about ~2 my|our request|requests|case
        what about my|our request|requests
        is|was|has|are|were|have|did my|our request|requests
        show|list|check|tell|see ~4 my|our request|requests
        any news|update|updates|answer ~3 request|requests
        my|our request|requests
        what did|have i|we ask|asked|request|requested|send|sent ~1 for
        මගේ|අපේ|මාගේ ~1 ඉල්ලීම*
        ඉල්ලීම* ~3 කොහෙද|කෝ|මොකද|තත්ත්වය|උනේ
        mage|ape ~1 illima|illeema|ilima|request|rikwest
        என்|எனது|என்னுடைய|எங்கள் ~1 கோரிக்கை*
        கோரிக்கை* ~3 எங்கே|நிலை|என்ன
        en|ennoda|enoda|enathu|enga|engaloda ~1 korikkai|request
        mi|nuestra|mis solicitud|solicitudes|peticion
        ma|notre|mes demande|demandes|requete
        मेरी|मेरा|हमारी|हमारा|मेरे ~1 अनुरोध|रिक्वेस्ट|प्रार्थना
        meri|mera|hamari ~1 request
    """),
    TASKS: lines("""
        what is|are|s my|our ~1 task|tasks|job|assignment|assignments|mission|duty|duties|offer|offers
        whats|what my|our ~1 task|tasks|job|assignment|assignments|mission|duty|duties
        my|our [next|current|open] task|tasks|assignment|assignments|mission|duty|duties
        do|have|is|are i|there [have|got] ~2 task|tasks|offer|offers|assignment|assignments|mission
        which task|tasks|assignment ~2 i|me|mine
        any task|tasks|assignment|offers for me|us
        am i ~2 assigned|dispatched|needed|offered
        මගේ|මාගේ|මට ~1 කාර්යය*|කාර්යයන්|රාජකාරි*|වැඩ*
        mage|mata ~1 task|karyaya|wada|weda|rajakari
        என்|எனது|என்னுடைய|எனக்கு ~1 பணி*|வேலை*
        en|ennoda|enoda|enathu|enakku ~1 pani|velai|task
        mi|mis tarea|tareas|mision
        ma|mes tache|taches|mission
        मेरा|मेरी|मेरे ~1 काम|कार्य|टास्क
    """),
    DISASTERS: lines("""
        disaster|disasters|emergency|emergencies|flood|floods|landslide|landslides ~2 near|around|close me|us|here|my|to
        what|which disaster|disasters ~3 near|around|here|active|registered|now|on
        is|are there ~2 disaster|disasters|emergency|emergencies ~2 near|around|here
    """),
})  # fmt: skip
