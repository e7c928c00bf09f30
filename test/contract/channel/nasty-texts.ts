/** Words that some platform would read as markup, a mention or a command if they were not taken literally. */
export const nastyTexts: readonly string[] = [
  '<!channel> <!here> <@U012AB3CD> <#C012> <https://evil.example|click>',
  'everyone @everyone @here <@123456789012345678> <@&42> <#42>',
  '<b>bold</b> <i>x</i> <a href="tg://user?id=42">you</a> <tg-spoiler>s</tg-spoiler>',
  '&lt;b&gt; &amp; &amp;amp; &quot; &#x3c;b&#62; & < > "',
  '*bold* _it_ ~st~ `code` ```\nblock\n``` ||spoiler|| [a](http://x.example)',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'javascript:alert(1) data:text/html,<b>x</b>',
  '# not a heading',
  '- not a list\n1. neither',
  'a\u200Fb \u{1F469}\u200D\u{1F680} e\u0301 \u{1F44D}\u{1F3FD}',
  '{{template}} #{code} $1 %s %25 \\u003cb\\u003e \\',
];
