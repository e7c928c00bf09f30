/** Answers of the kinds that models give, for tests that let them arrive bit by bit. */
export const growingAnswers: readonly string[] = [
  `## Setting up the service

You need **three things** before you start: a database, a _token_, and about ten minutes. None of them is hard.

1. Create the database and remember its address, since the next step asks for it.
2. Write the configuration:

   \`\`\`yaml
   database:
     host: localhost
     port: 5432
   token: "<your token>"
   \`\`\`

3. Start it with \`npm start\`. It prints an address; open it.
   - On a server, put it behind a TLS proxy.
   - On your own machine, [localhost](http://localhost:8787) is enough.

### When it does not start

| what you see | what it means | what to do |
| --- | --- | --- |
| EADDRINUSE | the port is taken | choose another one |
| ECONNREFUSED | no database | start it, then try again |
| 401 | the token is wrong | ask for a new one |
| nothing at all | it waits for the lock | stop the other instance |

> A second instance refuses to start.
>
> That is on purpose.

\`\`\`ts
export function retry<T>(job: () => Promise<T>, times: number): Promise<T> {
  return job().catch((error) => {
    if (times === 0) throw error;
    return retry(job, times - 1);
  });
}

const answer = await retry(() => fetch('https://example.org/api'), 3);
console.log(answer.status);
\`\`\`

That is all there is to it. If it still fails, send me the log, and I will have a look at it with you.
`,
  `Kurz gesagt: ja. Länger: Die Antwort hängt davon ab, wie viele Leute gleichzeitig schreiben. Bei zehn ist es gleich,
bei tausend nicht. 👍🏽 Das liegt an der Warteschlange, die für jede Unterhaltung einzeln geführt wird; sie ist begrenzt,
und was nicht mehr hineinpasst, wird mit einem Wort darüber abgelehnt.

日本語でも同じです。会話ごとに一つの列があり、順番に処理されます。長い返事は、文の終わりで分けられます。とても長い段落でも、文字の途中で切れることはありません。安心してください。

- erstens
- zweitens, mit etwas mehr Text als der erste Punkt, damit er umbrochen werden muss
  - und einem Unterpunkt
  - und noch einem, der auch nicht ganz kurz ist
- drittens ~~gestrichen~~
- [ ] offen
- [x] erledigt

---

***

Ein letzter Absatz ohne Satzzeichen der einfach immer weiter geht und weiter und weiter damit auch die Wortgrenzen einmal an die Reihe kommen und nicht nur die Satzenden wie sonst
`,
];
