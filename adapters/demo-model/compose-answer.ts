import type { DemoPrompt, DemoSkill } from './demo-prompt.ts';
import { type DemoRequest, demoRequestTable } from './demo-requests.ts';
import { type Directives, joinDirectives, readDirectives } from './directives.ts';
import { enumerate, layOut, type Point, plain, quotedEnd } from './layout.ts';
import { codeShowcase, longAnswer, markdownShowcase } from './showcase.ts';

/** Said in the first answer of every conversation. */
export const standInNotice =
  'I am a **built-in stand-in, not a language model**: I only show how things work here. For real answers put `OPENAI_API_KEY` and `OPENAI_MODEL` (and, for a server other than OpenAI’s, `OPENAI_BASE_URL`) into the file `.env`, or run [Ollama](https://ollama.com) on this machine, and start again.';

const ordinaryWords = new Set(
  'about after again also because been before being between both could does doing each every from have having here into just like make more most much must need only other over please should some such than that their them then there these they this those through under very want were what when where which while will with would your'.split(
    ' ',
  ),
);

/** The words that carry a request, in their order, each once. */
function tellingWords(words: string): readonly string[] {
  const found = words.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  return [...new Set(found)].filter((word) => !ordinaryWords.has(word)).slice(0, 5);
}

function isSmallTalk(words: string): boolean {
  return (
    words.length < 40 && /^\W*(hi|hello|hey|good (morning|evening|day)|thanks?|thank you)\b/i.test(words)
  );
}

function acknowledgement(words: string): Point {
  if (isSmallTalk(words)) return { about: 'Greeting', text: `Hello, I read ${quotedEnd(words)}` };
  const verb = words.trimEnd().endsWith('?') ? 'asked' : 'wrote';
  return { about: 'Request', text: `You ${verb}: ${quotedEnd(words)}` };
}

function skillsPoint(skills: readonly DemoSkill[]): Point {
  const names = skills.map((skill) => `**${skill.name}** (version ${plain(skill.version)})`);
  const text =
    names.length === 0
      ? 'No skill was chosen for it, so it is answered plainly.'
      : `It came with ${names.length === 1 ? 'the skill' : 'the skills'} ${enumerate(names)}.`;
  return { about: 'Skills', text };
}

/** What a skill's directives did to the answer; undefined when it has none that took effect. */
function followedPoint(skill: DemoSkill, own: Directives, joined: Directives): Point | undefined {
  const effects = [
    own.shape !== undefined && own.shape === joined.shape ? `is a ${own.shape}` : '',
    own.firstLines.length > 0 ? 'starts with a given line' : '',
    own.lastLines.length > 0 ? 'ends with a given line' : '',
    own.maxSentences !== undefined && own.maxSentences === joined.maxSentences
      ? `has at most ${own.maxSentences} ${own.maxSentences === 1 ? 'sentence' : 'sentences'}`
      : '',
  ].filter((effect) => effect !== '');
  if (effects.length === 0) return undefined;
  return { about: 'Followed', text: `Because of **${skill.name}** this answer ${enumerate(effects)}.` };
}

/** A skill's first instruction, so that editing it is seen. */
function gistPoint(skill: DemoSkill): Point | undefined {
  const line = skill.body.split('\n').find((one) => one.trim() !== '' && !one.startsWith('#'));
  if (line === undefined) return undefined;
  return { about: 'Guidance', text: `**${skill.name}** begins with ${quotedEnd(line, 120)}` };
}

function placePoint(prompt: DemoPrompt): Point {
  const count = prompt.earlier.length;
  const text =
    count === 0
      ? 'This is the first message of our conversation that I can see.'
      : `I can see ${count} earlier ${count === 1 ? 'message' : 'messages'} of yours; ask “what did I say before?” to hear them.`;
  return { about: 'Memory', text };
}

function ordinaryPoints(
  prompt: DemoPrompt,
  own: readonly Directives[],
  joined: Directives,
): readonly Point[] {
  const telling = (isSmallTalk(prompt.words) ? [] : tellingWords(prompt.words)).map((word) => `*${word}*`);
  const points: (Point | undefined)[] = [
    acknowledgement(prompt.words),
    skillsPoint(prompt.skills),
    ...prompt.skills.map((skill, index) => followedPoint(skill, own[index] ?? joined, joined)),
    ...prompt.skills.slice(0, 3).map(gistPoint),
    telling.length === 0
      ? undefined
      : { about: 'Words', text: `The words that carry it seem to be ${enumerate(telling)}.` },
    placePoint(prompt),
    { about: 'Honesty', text: 'What a language model would say to it I cannot know.' },
  ];
  return points.filter((point) => point !== undefined);
}

function recallPoints(earlier: readonly string[]): readonly Point[] {
  if (earlier.length === 0) {
    return [
      {
        about: 'Memory',
        text: 'Nothing before this: it is the first message that I can see in this conversation.',
      },
    ];
  }
  const order = earlier.map((words, index) => ({
    about: `Message ${index + 1}`,
    text: `You said: ${quotedEnd(words)}`,
  }));
  return [{ about: 'Memory', text: 'This is what you said before, the oldest first.' }, ...order];
}

function helpPoints(): readonly Point[] {
  return demoRequestTable.map((row) => ({ about: 'Try', text: `\`${row.phrase}\`: ${row.effect}.` }));
}

/** The whole answer as Markdown: the same for the same prompt. */
export function composeAnswer(prompt: DemoPrompt, request: DemoRequest): string {
  const own = prompt.skills.map((skill) => readDirectives(skill.body));
  const joined = joinDirectives(own);
  const notice = prompt.isFirstAnswer ? { notice: standInNotice } : {};
  const list: Directives = { ...joined, shape: joined.shape ?? 'bullet list' };
  switch (request) {
    case 'recall':
      return layOut(recallPoints(prompt.earlier), list, notice);
    case 'help':
      return layOut(helpPoints(), list, notice);
    case 'long':
      return layOut([acknowledgement(prompt.words)], joined, { ...notice, attachment: longAnswer() });
    case 'markdown':
      return layOut([acknowledgement(prompt.words)], joined, { ...notice, attachment: markdownShowcase });
    case 'code':
      return layOut(ordinaryPoints(prompt, own, joined), joined, { ...notice, attachment: codeShowcase });
    case 'fail':
    case 'ordinary':
      return layOut(ordinaryPoints(prompt, own, joined), joined, notice);
  }
}
