/** Words that some platform would read as markup, a mention or a command if they were not taken literally. */
export const nastyTexts: readonly string[] = [
  '<!channel> <!here> <@U012AB3CD> <#C012> <https://evil.example|click>',
  'everyone @everyone @here <@123456789012345678> <@&42> <#42>',
  '<!everyone> <!subteam^S012AB3CD|@team> <#C01|general> <!date^1392734382^{date}|x> <mailto:a@b.example|mail>',
  '&lt;!channel&gt; &amp;lt;@U012AB3CD&amp;gt; &lt;https://evil.example|bank.example&gt;',
  '@channel @ada_lovelace @everyone, (@here) ping@everyone tg://user?id=1 [you](tg://user?id=1)',
  '@\u200Beveryone \uFF20everyone <\u200B!channel> <\u200B@U012AB3CD>',
  'https://bank.example@evil.example/@everyone?<!here>',
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
