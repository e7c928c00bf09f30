/**
 * Words that say nothing about what a message is about: English function words, the small change of chat (greetings,
 * thanks, assent), polite wrapping ("could you please"), and greetings of some other languages. Folded as `foldWord`
 * leaves them, not stemmed. Rarity in the library handles every other common word.
 */
const words = `
a about above across after again against all almost along already also although always am among an and another any
anybody anyone anything anyway apart are aren around as aside at away back be became because become becomes been before
behind being below beside besides between beyond both but by came can cannot cant come comes coming could couldn did
didn do does doesn doing don done dont down during each either else enough especially etc even ever every everybody
everyone everything except few for from further gave get gets getting give gives given giving go goes going gone gonna
got gotten gotta had hadn has hasn have haven having he her here hers herself him himself his how however i if ill im in
indeed instead into is isn it its itself ive just keep keeps kept kind knew know known knows last later least less let
lets like likely ll lot lots made make makes making many may maybe me mean means meant might mine more most much must my
myself near need needed needs neither never next no nobody none nor not nothing now nowhere of off often on once one
ones only onto or other others otherwise our ours ourselves out over own per perhaps put puts quite rather re really
said same saw say saying says see seem seems seen sees shall she should shouldn since so some somebody somehow someone
something sometimes somewhere soon sort still such take taken takes taking tell telling tells than that the their theirs
them themselves then there therefore these they thing things think thinking thinks this those though thought through
thus till to together told too took toward towards tried try trying under unless until unto up upon us use used uses
using usually ve very via wanna want wanted wants was wasn way ways we well went were weren what whatever when whenever
where wherever whether which while who whoever whole whom whose why will with within without won would wouldn yet you
your yours yourself yourselves
able actually add ago ask asked asking asks bit certain certainly definitely different easy entire exactly fine first
full hope idea ideally includes including little long look looking looks new old particular please plz pls possible
possibly pretty probably quick quickly right show shows simple simply stuff suppose sure thats theres today tomorrow
tonight truly whats wheres whos wonder wondering yesterday
aha ahoy awesome aye bot brilliant btw bye cheers chill cool cya damn dear dude evening excellent fantastic folks
fyi gday glad good goodbye goodnight great greetings guys ha haha hahaha hay hello hellooo help helpful helping helps hey
heya heyy hi hii hiya hm hmm hmmm howdy huh kk lmao lol love lovely luck mate morning nah nice night nope np ok okay okey
oops ooh ouch perfect rofl sorry sup super sweet ta team terrific thank thanks thankyou thx tnx ty understood wassup
welcome whoa wonderful wow yay ye yea yeah yeh yep yes yo yup
bonjour bonsoir salut merci hallo danke bitte tschuss moin servus hola gracias adios ciao grazie ola obrigado obrigada
hej tack privet spasibo namaste
`;

export const stopWords: ReadonlySet<string> = new Set(words.trim().split(/\s+/));
