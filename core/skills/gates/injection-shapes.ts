/** Marks and writing that a pattern tells better than words do. Patterns are for folded text (`foldText`). */
export interface ShapeGroup {
  /** What such a text does, after its place. */
  readonly says: string;
  readonly severity: 'refuse' | 'warn';
  readonly patterns: readonly RegExp[];
}

const lessThan = '[<\u2039\u276e\u27e8\u2329\u3008\u1438\u00ab\u300a\ufe64]';

export const injectionShapes: readonly ShapeGroup[] = [
  {
    says: 'holds markup that could end the block of skills',
    severity: 'refuse',
    patterns: [
      new RegExp(`${lessThan}\\s{0,9}[/\\u2215\\u2044\\u29f8]\\s{0,9}s\\s?k\\s?i\\s?l\\s?l`, 'u'),
      /&(?:lt|#60|#x3c);?\s{0,9}\/?\s{0,9}skill/u,
      /\]\]>/u,
      /\[\s{0,3}\/\s{0,3}(?:skills?|system|assistant|developer)\s{0,3}\]/u,
      /(?:[-=#*~]{2,}|[[(<{/])[ \t]{0,9}(?:end|stop|close)[ _-](?:of[ _-])?(?:the[ _-])?(?:skills?|system|prompt|instructions?|data|context|rules|block|advice)\b/u,
    ],
  },
  {
    says: 'holds a mark that models read as a change of speaker',
    severity: 'refuse',
    patterns: [
      /<\s{0,3}[|\u2758\u01c0]\s{0,3}[a-z_ ]{2,30}[|\u2758\u01c0]\s{0,3}>/u,
      /\[\s{0,3}\/?\s{0,3}inst\s{0,3}\]/u,
      /<<\s{0,3}\/?\s{0,3}sys\s{0,3}>>/u,
      /<\s{0,3}\/?\s{0,3}(?:start|end)_of_turn\s{0,3}>/u,
      /<\s{0,3}\/?\s{0,3}(?:system|assistant|developer|operator)(?:[-_ ](?:prompt|message|reminder|instructions?))?(?:\s[^<>]{0,80})?>/u,
      /^[ \t>*_]{0,9}#{1,6}[ \t]{1,9}(?:system|assistant|developer|human)(?: (?:prompt|message|override))?[ \t]{0,9}:?[ \t]{0,9}$/mu,
      /^[ \t>*_-]{0,9}human:[\s\S]{0,2000}?^[ \t>*_-]{0,9}assistant:/mu,
      /^###[ \t]{1,9}(?:instruction|response|input)s?:/mu,
      /^[ \t>#*_\x2d[]{0,9}(?:system|developer)(?: (?:prompt|message|note|instructions?))?[\]*_ ]{0,4}:[^\n]{0,200}?\b(?:you|your|ignore|obey|must|always|never|from now|forget|disregard|override|trusted|granted|unlocked|new rules?|answer|reply|comply)\b/mu,
    ],
  },
  {
    says: 'writes a dialogue with roles, which a model may take for a real one',
    severity: 'warn',
    patterns: [
      /^[ \t>*_]{0,9}(?:assistant|human|user)[*_]{0,3}:[ \t]/mu,
      /"role"\s{0,9}:\s{0,9}"(?:system|assistant|developer)"/u,
    ],
  },
  {
    says: 'loads a picture from elsewhere, which tells its owner who reads',
    severity: 'refuse',
    patterns: [
      /!\[[^\]\n]{0,300}\]\(\s{0,9}<?\s{0,9}(?:[a-z][a-z0-9+.-]{1,12}:|\/\/)/u,
      /!\[[^\]\n]{0,300}\]\[[^\]\n]{0,100}\]/u,
      /<\s{0,3}(?:img|image|iframe|script|object|embed|video|audio|link|svg|form)\b[^>]{0,300}(?:src|href|data|action|onload|onerror)\s{0,9}=/u,
    ],
  },
  {
    says: 'holds an address that runs code or carries data',
    severity: 'refuse',
    patterns: [/(?:java|vb|live)script:[^\s:]/u, /\bdata:[a-z]{2,20}\/[a-z0-9.+-]{1,60}[;,]/u],
  },
  {
    says: 'holds a link with a place for words of the conversation',
    severity: 'refuse',
    patterns: [
      /https?:\/\/[^\s<>"]{0,400}(?:[{}]|%7b|\$[a-z_(])/u,
      /https?:\/\/[^\s<>"]{0,400}[=/]<[a-z_ -]{1,40}>/u,
      /https?:\/\/[^\s<>"]{0,400}=\[[a-z_ -]{1,40}\]/u,
      /https?:\/\/[^\s<>"]{0,400}=(?:your|the|their)[-_+ ](?:question|message|conversation|answer|data|history)/u,
    ],
  },
  {
    says: 'loads and runs a program from elsewhere',
    severity: 'refuse',
    patterns: [
      /\b(?:curl|wget|iwr|invoke-webrequest)\b[^\n|]{0,300}\|\s{0,9}(?:sudo\s{1,9})?(?:ba|z|da)?(?:sh|iex|python3?)\b/u,
    ],
  },
  {
    says: 'gives the bot tools',
    severity: 'refuse',
    patterns: [
      /(?:无需|不需要|不用|不必)(?:再)?(?:确认|询问|同意|批准).{0,6}(?:执行|运行|删除|发送)/u,
      /^[ \t]{0,9}(?:allowed|permitted)[-_ ]?tools[ \t]{0,9}[:=]/mu,
    ],
  },
  {
    says: 'tells the bot to set its instructions aside',
    severity: 'refuse',
    patterns: [
      /(?<!不要|不得|切勿|请勿|別|别|勿|不)(?:忽略|无视|無視|忘记|忘記|忽視|忽视|不要理会|不用管|绕过|繞過).{0,10}(?:之前|先前|以前|以上|上述|上面|前面|所有|全部|系统|系統|原来|原有|你的).{0,6}(?:指令|指示|提示|规则|規則|命令|要求|说明|限制|设定)/u,
      /(?:不要|别|不用|不必|无需|停止)(?:再)?(?:遵守|遵循|理会|听从|执行|服从).{0,4}(?:之前|以前|先前|系统|上述|以上|原来|任何|你的).{0,4}(?:指令|指示|提示|规则|命令|要求|限制)/u,
      /把.{0,2}(?:上面|之前|以前|先前|所有|系统).{0,4}(?:规则|指令|指示|提示|命令|要求|限制).{0,4}(?:忘|忽略|无视|丢)/u,
      /(?:指示|命令|ルール|プロンプト|規則)(?:は|を|も)?(?:全部|すべて|全て)?無視(?!しない|せず|せす)/u,
      /(?:以前|これまて|これまで|前|上記|上|システム|すへて|すべて|全て|元|あなた).{0,8}(?:指示|命令|ルール|フロンフト|プロンプト|規則|制約|制限).{0,6}(?:無視(?!しない|せす|せず)|忘れ(?!ない|す)|破棄|従わない)/u,
    ],
  },
  {
    says: 'tells the bot to show its hidden instructions',
    severity: 'refuse',
    patterns: [
      /(?<!不要|不得|切勿|请勿|别|勿)(?:显示|顯示|透露|泄露|输出|輸出|打印|告诉|重复|公开|说出).{0,8}(?:系统|系統|隐藏|隱藏|内部|初始).{0,3}(?:提示|指令|消息|prompt)/u,
      /(?:システム|隠し|隠れた|内部|初期).{0,3}(?:プロンプト|指示|メッセージ).{0,6}(?:(?:表示|公開|出力)(?!しない)|教え(?!ない)|見せ(?!ない)|明かし)/u,
    ],
  },
  {
    says: 'tells the bot to hide something from people',
    severity: 'refuse',
    patterns: [
      /(?:不要|不得|切勿|请勿|别|勿|不能|禁止).{0,3}(?:告诉|告知|告訴|通知|透露给|让).{0,4}(?:用户|用戶|使用者|任何人|对方|人们|客户|他们)(?:[。!,，!]|$|这|此|知道|关于|本)/mu,
      /(?:对|向)(?:用户|使用者|任何人|客户).{0,3}(?:隐瞒|保密|隐藏)/u,
      /(?:ユーザー|利用者|相手|お客様|誰)(?:に|には|にも).{0,6}(?:言わない|言うな|伝えない|伝えるな|教えない|教えるな|知らせない|話さない|隠し|隠す|秘密)/u,
      /(?:内緒|秘密)にし/u,
    ],
  },
  {
    says: 'asks for good ratings',
    severity: 'refuse',
    patterns: [
      /(?:请|請|要求|让|提醒|求).{0,8}(?:点赞|點讚|好评|五星)/u,
      /(?:いいね|高評価).{0,8}(?:お願い|求め|頼|押して)/u,
    ],
  },
];

/** Any address that a reader could follow; for what a model wrote. */
export const linkShape =
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/\S|(?:^|[\s("'<[])\/\/[a-z0-9-]{1,63}\.[a-z]|\b(?:mailto|tel|sms):\S|\bhxxps?\b|\bwww\.[a-z0-9-]{1,63}\.[a-z]|\[\.\]|\b\d{1,3}(?:\.\d{1,3}){3}[:/]|\]\((?!\s{0,9}#)|^[ \t]{0,3}\[[^\]\n]{1,100}\]:|\b[a-z0-9][a-z0-9-]{0,62}\.(?:com|net|org|io|dev|app|ai|co|info|biz|xyz|site|online|top|link|page|me|gg|ly|ru|cn|de|fr|uk|eu|us|example|test|to|tk)(?![a-z0-9_-])/mu;
/** A word of letters of two alphabets that look alike. */
export const mixedWord =
  /(?:\p{sc=Latn}\p{M}?[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Armn}\p{sc=Cher}]|[\p{sc=Cyrl}\p{sc=Armn}\p{sc=Cher}]\p{M}?\p{sc=Latn}|\p{sc=Grek}\p{sc=Latn}{2})/u;
