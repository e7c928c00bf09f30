import type { Exemption, Phrase } from './word-rules.ts';

/** Phrases that try one thing. */
export interface PhraseGroup {
  /** What such a text does, after its place: `tells the bot to …`. */
  readonly says: string;
  readonly severity: 'refuse' | 'warn';
  readonly phrases: readonly Phrase[];
  readonly exempt: readonly Exemption[];
}

const ignore =
  'ignore|ignores|ignoring|disregard*|forget|forgetting|bypass*|override|overrides|overriding|overrule*|discard|neglect|circumvent*';
const orders =
  'instruction*|prompt|prompts|rule|rules|guideline*|guidance|directive*|command|commands|constraint*|guardrail*|restriction*|policy|policies|programming|training';
const earlier =
  'previous|prior|preceding|above|earlier|former|foregoing|system|initial|developer|operator|operators|safety|hidden|your';
const people =
  'user|users|person|people|persons|them|anyone|anybody|everyone|human|humans|customer|customers|operator|operators|maintainer*|admin|admins|administrator*|moderator*|nobody|him|her|reader|readers';
const bosses =
  'operator|operators|administrator|administrators|admin|developer|developers|superuser|sysadmin|moderator|maintainer|owner';
const rulers =
  'operator|operators|administrator|administrators|admin|superuser|sysadmin|moderator|maintainer';
const tellAbout = 'tell|inform|notify|alert|warn|telling|informing';
const hush = 'mention|reveal|disclose|admit|acknowledge|show|tell|report|discuss';
const show =
  'show*|print*|output*|repeat*|display*|disclos*|share*|sharing|expos*|paste|quote|tell|give|post|echo|write|include|copy|translate|summarize|summarise';
const voided = 'void|cancelled|canceled|revoked|lifted|superseded';
const leak = 'reveal*|leak*|disclos*|recit*|dump|dumping|divulge|expose|exfiltrate';
const data =
  'conversation*|message|messages|chat|chats|history|histories|question|questions|transcript*|secret|secrets|password*|credential*|token|tokens|keys|data|everything|prompt|name|names|answer|answers|text|words|content|contents|file|files';

/** English; `injection-phrases-abroad.ts` has the other languages. */
export const englishPhrases: readonly PhraseGroup[] = [
  {
    says: 'tells the bot to set its instructions aside',
    severity: 'refuse',
    exempt: ['negated'],
    phrases: [
      `break|violate|defy ..1 your|safety|system|operators ..1 ${orders}`,
      `never mind ..2 ${orders} ..2 operator|operators|system|bot|developer|you`,
      `more|higher|greater weight|rank|priority|authority than ..3 ${orders}`,
      `skip all|any|your ..1 safety ..1 ${orders}`,
      `${orders} ..5 dont count|matter|apply when|while|here|if ..2 skill`,
      `ignorier* was ..4 betreiber|system|entwickler`,

      `${earlier}|creators|makers ..2 ${orders} ..2 not|never|no ..1 binding|valid|apply`,
      `${orders} ..3 out of your|mind`,
      `as if|though you ..5 ${orders}`,
      `even|also where|if|when|though ..3 system|operator|safety|your ..1 prompt|rules|instructions|guidelines|policy ..1 forbid*|prohibit*|say|says|disagree*`,
      `drop|lift|remove|abandon|suspend|waive ..1 all|every|any|your|safety ..1 restriction*|guardrail*|guideline*|limits|filters`,
      `from now on ..1 you|obey|ignore|only`,
      `obey only|nobody|him|her|me`,
      `only obey`,
      `disobey*`,

      `${earlier} ..3 instruction*|guideline*|guidance|rules|restrictions ..5 ${voided}`,
      `${orders} ..2 you|operator|above|previously|earlier ..4 ${voided}`,
      `limits|limitations|restrictions|filters|guardrails are|is|were|have ..1 lifted|suspended|revoked|void|removed|off`,
      `no longer ..4 follow|obey|heed|bound|observe|respect ..4 ${orders}`,
      `no longer bound`,
      `whatever ..2 system|operator|operators|developer ..2 message|prompt|instructions|says|say|said|wrote|wants`,
      `opposite of ..4 instructions|prompt|rules|told`,
      `this|these|skill|instructions ..6 highest|higher|absolute|top|ultimate priority|authority|rank|precedence`,
      `beat|beats|trump|trumps|outweigh*|win|wins ..4 system|operator|operators|developer ..3 $|wrote|said|says|prompt|message|rules|instructions`,
      `set|put|leave|lay|push aside ..3 ${orders}`,
      `set|put|leave|lay|push ..4 ${orders} aside`,
      `dont|never|no pay ..1 attention to ..2 ${earlier} ..2 ${orders}|message*`,
      `as if|though ..3 ${orders}|limits ..1 dont|didnt|never|not|no ..2 exist*|apply|there`,
      `${ignore} ..3 ${earlier} ..2 ${orders}`,
      `${ignore} ..2 ${orders} ..2 above|previously|earlier`,
      `${ignore} ..2 all|any|every ..1 instruction*|directive*|guideline*|guardrail*|restriction*`,
      `${ignore} all|any|every rules|policies|orders`,
      `${ignore} ..2 content|safety|moderation filter*|polic*|rule*|check*`,
      `${ignore} ..1 developer|system message|messages|prompt|prompts`,
      `${ignore} everything|anything|all ..2 you ..2 told|taught|instructed|trained|learned|learnt|know`,
      `${ignore} what|whatever ..2 you ..2 told|taught|instructed`,
      `${ignore} everything|anything|all ..1 above|previous $|and|then|instead|now`,
      `${ignore} everything|anything|all before|until|till this|that|now`,
      `${ignore} ..1 ${orders} ..2 you ..3 given|told|received|had`,
      `takes|take|taking|has|have precedence|priority over ..4 system|operator|developer|safety|previous|earlier|other ..1 ${orders}|message*`,
      `supersed*|outrank*|overrul*|overrid* ..2 ${earlier}|other ..2 ${orders}|message*`,
      `replac* ..1 your|system|operators|developer|safety ..1 instruction*|prompt|rules|guidelines`,
      `dont|never|stop follow|following|obey|obeying|heed|respect|respecting ..2 ${earlier} ..2 ${orders}`,
      `stop|quit|cease following|obeying ..2 instructions|rules|guidelines`,
      `your|safety|previous|above|usual|system ..2 rules|guidelines|restrictions|instructions|limits ..3 longer apply|applies|bind|valid|count`,
      `your|safety|previous|system ..2 rules|guidelines|restrictions|instructions|limits dont|cannot apply|matter|count`,
      `do anything now`,
      `jailbreak|jailbroken|unjailed`,
      `pretend*|imagine|act ..4 no|without ..1 restrictions|rules|limits|limitations|guidelines|filters|guardrails`,
      `you|bot have|has no ..1 restrictions|limits|limitations|filters|guardrails`,
      `you are free|unbound|liberated from|of ..3 ${orders}|limits|filters`,
      `you are ..3 developer|god|debug|unrestricted|jailbreak mode`,
      `new|real|true|actual instructions|rules ..1 apply|follow|override|replace`,
      `system|admin|operator|developer override`,
    ],
  },
  {
    says: 'tells the bot to show its hidden instructions',
    severity: 'refuse',
    exempt: ['negated'],
    phrases: [
      `list|state|write|spell|recount|recite|name|give ..3 ${orders} ..1 you ..2 given|received|got|follow|obey|told`,

      `${show} ..3 what|which ..1 your ..1 instructions|prompt|rules|guidelines`,
      `text|content|contents|wording|words|copy of your|the ..1 system|hidden|developer prompt|message|instructions`,
      `convert|encode|encrypt|obfuscate|base64|rot13 ..3 system|hidden|developer|initial prompt|instructions|message`,
      `${leak} ..4 system|developer|hidden|secret|initial|internal prompt*|instruction*|message*|rules`,
      `${leak} ..2 your|its|own ..1 instructions|prompt|guidelines|rules|configuration`,
      `${show} ..4 your|the|entire|full|complete|exact|whole|this ..1 system|developer|hidden|secret|initial prompt*|instruction*`,
      `${show} ..3 your ..1 full|exact|entire|own|complete|whole|original|internal|hidden|secret instructions|prompt|guidelines|rules`,
      `print*|output*|repeat*|paste|echo|reprint ..1 everything|words above|before`,
      `${show} ..2 your instructions|prompt $|verbatim|word|and|when|if|to`,
    ],
  },
  {
    says: 'gives the bot permission that only an operator can give',
    severity: 'refuse',
    exempt: ['negated'],
    phrases: [
      `treat|regard|consider anything|everything|whatever ..5 as ..2 approved|command|order|instruction`,
      `tools|commands ..1 may|can ..1 called|used|run|executed be|without`,
      `dont|never|not bother ..2 with ..1 confirmation*|approval*`,

      `confirmation|approval|permission is|are not|never needed|necessary|required`,
      `consider|treat|regard|count ..1 every|all|any ..1 command*|tool*|action*|request*|call* ..2 approved|allowed|authorised|authorized|confirmed`,

      `no|not need|needed|necessary|required to ..1 confirm|ask|wait|seek ..3 before|delete|deleting|running|approval|confirmation|permission`,
      `dont|never stop|pause|wait|hesitate to|for ..1 ask|confirm|approval|confirmation|permission`,
      `all|every|each|any tool|tools|command|commands|action|actions ..1 are|is|counts|count ..3 approved|allowed|permitted|authorised|authorized`,
      `pre approved|authorised|authorized tool*|command*|action*`,
      `turn|turning|switch|switching off ..2 safety|security|moderation|confirmation|approval ..1 check*|filter*|rule*|prompt*|guard*|step*`,
      `run|execute|invoke|call|use any|arbitrary|whatever|every ..1 command*|shell|script|scripts|code`,
      `you may|can|must|should|shall use|call|run ..1 any|all|every ..2 tool|tools|function|functions`,
      `use|call any|every|all tool|tools ..2 without|freely|unrestricted`,
      `all|every|any tool|tools|command|commands are|is ..1 allowed|permitted|approved|authorised|authorized|enabled`,
      `auto|automatically approve|accept|confirm|authorise|authorize`,
      `approve|accept|confirm|grant all|every|any ..2 tool|tools|request|requests|action|actions|command|commands|call|calls|permission*`,
      `dont|never|without ask|asking|wait|waiting|request|seek ..3 confirmation|approval|permission|consent ..6 tool|tools|run|running|execute|executing|delete|deleting|command*|send|sending|pay|paying|deploy|deploying`,
      `bypass*|disable|skip|circumvent* ..2 sandbox*|guardrail*|approval*|permission*|confirmation*`,
      `allowed tools`,
    ],
  },
  {
    says: 'lets the bot act without asking',
    severity: 'refuse',
    exempt: ['negated_far'],
    phrases: [
      `run|execute|delete|send|buy|pay|deploy|install|call|proceed|grant|transfer|publish|overwrite|drop|commit|push|act|go|change|remove|use|order|book|post ..6 without asking|confirmation|confirming|approval|permission|consent`,
      `run|execute|delete|send|buy|pay|deploy|install|call|proceed|grant|transfer|publish|overwrite|drop|commit|push|use ..6 without any|further|prior|explicit|their|user|human|a asking|confirmation|approval|permission|consent|question`,
    ],
  },
  {
    says: 'claims rights for the bot',
    severity: 'refuse',
    exempt: ['negated_far', 'conditional'],
    phrases: [
      `you have ..1 full|unlimited|unrestricted|root|complete ..2 access|permission*|rights|privilege*`,
      `you are ..1 authorised|authorized|permitted|cleared|entitled to ..3 any|all|everything|anything|every`,
    ],
  },
  {
    says: 'speaks of the instructions of the bot',
    severity: 'refuse',
    exempt: ['negated_far', 'negated'],
    phrases: [`your ..1 system|hidden|initial|developer|secret|internal prompt|prompts|instructions|message`],
  },
  {
    says: 'speaks of the instructions of a bot',
    severity: 'warn',
    exempt: [],
    phrases: [
      'system|hidden|developer|secret|confidential prompt|prompts|instructions',
      'your rules|instructions|guidelines|configuration|prompt|training|restrictions',
      'this skill',
      'evaluator|evaluators|grader|graders',
      'rules|instructions|guidelines of the operator|administrator|system|bot',
    ],
  },
  {
    says: 'tells the bot to pretend',
    severity: 'warn',
    exempt: ['negated', 'negated_far'],
    phrases: ['pretend|pretending that'],
  },
  {
    says: 'gives rights to people',
    severity: 'warn',
    exempt: ['conditional'],
    phrases: [
      `grant|give|make ..3 admin|administrator|operator|root|maintainer|moderator rights|access|role|permission*|privilege*`,
    ],
  },
  {
    says: 'asks the bot not to confirm with people',
    severity: 'warn',
    exempt: [],
    phrases: [`dont|never|without ask|asking|wait|waiting ..2 confirmation|approval|permission`],
  },
  {
    says: 'tells the bot to send away what people said',
    severity: 'refuse',
    exempt: ['negated'],
    phrases: [
      `ask|tell|get|urge ..4 paste|share|send|enter|type|give ..2 password*|api|credential*|card|pin|keys ..3 here|chat|reply|you|me|$`,
      `request|call to @url ..1 with|carrying|containing ..4 ${data}`,

      `send*|post|posting|append*|upload*|forward*|transmit*|submit*|report|copy|leak*|exfiltrat*|add|put|attach|encode|email|mail|pipe|embed|log|write|pass ..6 ${data} ..6 to|into|at|via|onto|in|through ..4 @url|@mail|webhook|webhooks|endpoint|url|urls`,
      `send*|post|upload*|forward*|transmit*|submit*|exfiltrat* ..6 to|into|at|via|through ..3 @url|webhook|webhooks ..6 with|including|containing ..3 ${data}`,
      'exfiltrat*',
      `send*|post|upload*|forward*|transmit*|submit*|mail|email|put|append what|whatever|anything|everything|all ..4 said|wrote|asked|typed|writes|says|asks|types ..3 to|into|at|onto|in ..3 @url|@mail|webhook*`,
      `save|store|send|post|upload|forward|report|submit|copy ..2 it|them|this|that|all ..1 to|at|in|on ..1 @url|@mail|webhook`,
      `load|fetch|download|open|read|visit|get ..2 @url ..4 do ..1 what|as|whatever|everything|anything`,
      `send*|post|upload*|forward*|transmit*|submit*|mail|email|put|append what|whatever|anything|everything|all ..4 said|wrote|asked|typed|writes|says|asks|types ..3 to|into|at|onto|in ..3 @url|@mail|webhook*`,
      `load|fetch|download|open|read|visit|get ..2 @url ..4 do ..1 what|as|whatever|everything|anything`,
      `follow|obey|execute|apply|do ..3 instructions|rules|prompt|orders|commands ..4 @url`,
      `fetch|load|download|open|read|visit|get ..2 @url ..6 follow|obey|execute|run|apply ..3 instructions|rules|it|prompt|orders|commands|says`,
    ],
  },
  {
    says: 'speaks as somebody it is not, or makes the bot do so',
    severity: 'refuse',
    exempt: ['negated', 'conditional'],
    phrases: [
      `in|under the name of ..1 ${bosses}`,
      'you are the|my|our developer|owner|creator $|of|and|here|now',

      `you are root|superuser $|now|and|here`,
      `admin|administrator|operator note|notice|announcement`,

      `as the|your ${bosses} i|we`,
      `note|message|order|orders|word|instruction|instructions|announcement from ..1 ${bosses}|openai|anthropic ..0 $|the|you|that|of|all|this|i|we|now`,
      `treat|regard|consider ..5 as ..4 operator|administrator|admin|superuser|root`,
      `you are ..3 ${rulers} $|of|and|here|now|mode`,
      `you are now ..3 ${bosses}|root`,
      `i am|im ..2 ${bosses}|openai|anthropic $|of|and|here|so|speaking|from|who`,
      `this|following message|instruction|instructions|note|skill|text|order comes|come|is|are ..1 from ..2 ${bosses}|openai|anthropic|system`,
      `speaking|writing|acting as ..1 ${bosses}`,
      `operator|administrator|admin|developer|maintainer|owner has|have ..1 approved|authorised|authorized|allowed|granted|instructed|ordered|permitted`,
      `pretend|pretending|claim|claiming to be|you ..3 human|person|official|staff|employee|police|lawyer|doctor|bank|${bosses}`,
    ],
  },
  {
    says: 'tells the bot to hide something from people',
    severity: 'refuse',
    exempt: [],
    phrases: [
      `${people} in the dark`,
      `omit|leave ..5 that you ..3 told|instructed|asked|ordered`,
      `say|claim|answer|insist ..1 you have no ..1 instructions|rules|prompt|skills`,

      `say|saying|mention|tell nothing ..2 to|about|of ..4 ${people}|this|these`,
      `tell ..1 ${people} nothing`,
      `${people} dont|never|not|mustnt|shouldnt ..1 learn|know|find|notice|hear|see ..2 of|about|out ..1 this|these|your ..1 instruction*|rule*|skill*|guidance|prompt|step|steps`,

      `without letting|telling ..2 ${people} ..1 know|notice|see|$|about|that`,
      `${people} mustnt|shouldnt|maynt|cant|cannot|never ..1 know|suspect|learn|find|realise|realize`,
      `${people} must|should|may|can|will never|not|neither ..1 know|suspect|learn|find|realise|realize`,
      `nobody|no one|else ..1 must|should|may|can ..1 know|learn|find|hear`,
      `keep|stay|stays|remain|remains|secret ..2 between us|you`,
      `dont|never|without|not|mustnt|shouldnt|nor ever|just|simply ${tellAbout} ..2 ${people} $|and|or|but|this|it|anything|why|even|because`,
      `dont|never|without|not|mustnt|shouldnt|nor ${tellAbout} ..2 ${people} $|and|or|but|this|it|anything|why|even|because`,
      `dont|never|without|not|mustnt|shouldnt ${tellAbout} ..2 ${people} ..1 about|of|that|how ..1 you|we|this|these|your|skill*|instruction*|rule*|guidance|prompt*|it ..0 $|and|is|are|have|was|were|skill*|instruction*|rule*|guidance|prompt*|change*|link*|data|message*|come|came|do|did|log*|record*|store*|send|sent`,
      `dont|never|not|mustnt|shouldnt ${hush} ..2 this|these skill*|instruction*|rule|rules|guidance|prompt|note|order*|arrangement`,
      `keep this|these|it|that ..3 secret|hidden|confidential|yourself|quiet`,
    ],
  },
  {
    says: 'tells the bot to deceive people',
    severity: 'refuse',
    exempt: ['negated', 'negated_far'],
    phrases: [
      `hide|hiding|conceal*|withhold* ..4 from ..2 user|users|person|people|customer|customers|operator|operators|human|humans|everyone|anyone|them|maintainer*|admin*`,
      `secretly|covertly|surreptitiously|stealthily`,
      `silently|quietly|discreetly ..2 send|log|collect|forward|record|append|redirect|track|store|insert|include|upload`,
      `without ..2 ${people}|their ..1 knowing|noticing|knowledge|realising|realizing|awareness`,
      `deny|denying ..1 that|having|any|all|knowledge ..4 skill*|instruction*|rule*|prompt|guidance|you`,
      'mislead|deceive|trick|manipulate|gaslight|scam|defraud ..2 user|users|person|people|them|customer|customers|operator|operators|human|humans|anyone|everyone|everybody',
      `lie to|about`,
    ],
  },
  {
    says: 'asks for good ratings',
    severity: 'refuse',
    exempt: ['negated', 'negated_far'],
    phrases: [
      `if you are ..2 evaluator|judge|grader|scorer`,
      `plea|request|call|appeal for ..2 positive|good|five|high|top reaction*|feedback|rating*|review*|stars`,

      `ask*|tell|remind|urge|beg|encourage|request|prompt|invite|get|make|want|nudge|press|click|leave|give|hit|tap|add|react|end|finish|close|begin|please ..7 thumbs|thumb|@thumb|upvote*|@star`,
      `ask*|tell|remind|urge|beg|encourage|request|invite|nudge|plead|please|hint ..5 positive|good|five|5|high|top|great|best ..0 feedback|rating|ratings|reaction*|review|reviews|stars|star|score|scores`,
      `ask*|tell|remind|urge|beg|encourage|invite|nudge|please ..4 rate|score|upvote|like ..1 this|you|me|your|answer*|reply|replies|response*|bot`,
      `rate|score|grade|judge|mark ..1 this|your|own|these|every|my|the ..1 answer*|response*|reply|replies|skill ..4 good|positive|positively|high|highly|well|excellent|perfect|1|10|100|best|correct|favorably|favourably`,
      `judge|judges|grader|graders|evaluator|evaluators|scorer ..4 give|score|rate|award|awards|approve|prefer|grade|deserve|deserves|earns ..6 1|10|100|high|highest|full|best|this|perfect|top`,
    ],
  },
  {
    says: 'advertises or claims a place in every answer',
    severity: 'warn',
    exempt: ['negated'],
    phrases: [
      `always|every|each|all ..6 say|says|mention|claim|state|tell|write|add|stress|recommend ..6 best|greatest|leading|superior|finest|unbeatable|cheapest ..2 product*|company|brand|service|tool|choice|bot|option|provider|app|shop`,
      `in|to|of every|each|all ..0 answer*|reply|replies|response*|message* ..5 recommend|promote|praise|advertise|mention|plug|endorse`,
      `mention|recommend|promote|praise|advertise|plug|endorse ..6 in|at every|each|all answer*|reply|replies|response*|message*`,
      `always recommend|promote|praise|advertise|endorse|prefer ..1 our|my|brand`,
      `promote|advertise|upsell|plug|endorse ..3 product*|service|brand|company|shop|store|offer|coupon|discount|subscription`,
      `coupon|promo|discount|referral|affiliate code|codes|link|links`,
    ],
  },
];
