import type { DemoPrompt, DemoSkill } from './demo-prompt.ts';
import { type DemoRequest, demoRequestTable } from './demo-requests.ts';
import { bare, type Directives, firstInstruction, joinDirectives, readDirectives } from './directives.ts';
import { enumerate, layOut, type Point, plain, quotedEnd } from './layout.ts';
import { codeShowcase, longAnswer, markdownShowcase } from './showcase.ts';

/** Said in the first answer of every conversation. */
export const standInNotice =
  'I am a **built-in stand-in, not a language model**: I only show how things work here. For real answers put `OPENAI_API_KEY` and `OPENAI_MODEL` (and, for a server other than OpenAI’s, `OPENAI_BASE_URL`) into the file `.env`, or run [Ollama](https://ollama.com) on this machine, and start again.';

function isSmallTalk(words: string): boolean {
  return (
    words.length < 40 && /^\W*(hi|hello|hey|good (morning|evening|day)|thanks?|thank you)\b/i.test(words)
  );
}

function acknowledgement(words: string): Point {
  if (isSmallTalk(words)) {
    const answer = /^\W*thank/i.test(words) ? 'You are welcome!' : 'Hello!';
    return { about: 'Greeting', text: `${answer} Ask me something, and see which skill comes with it.` };
  }
  const verb = words.trimEnd().endsWith('?') ? 'asked' : 'wrote';
  return { about: 'Request', text: `You ${verb}: ${quotedEnd(words)}` };
}

function skillsPoint(skills: readonly DemoSkill[]): Point {
  const names = skills.map((skill) => `**${skill.name}** (version ${plain(skill.version)})`);
  const text =
    names.length === 0
      ? 'No skill fits these words, so I was given none.'
      : `For this I was given the ${names.length === 1 ? 'skill' : 'skills'} ${enumerate(names)}.`;
  return { about: 'Skills', text, beginsParagraph: true };
}

/** What a skill's directives did to the answer; undefined when it has none that took effect. */
function followedPoint(skill: DemoSkill, own: Directives, joined: Directives): Point | undefined {
  const effects = [
    own.shape !== undefined && own.shape === joined.shape ? `is a ${own.shape}` : '',
    ...own.firstLines.map((line) => `starts with “${plain(bare(line))}”`),
    ...own.lastLines.map((line) => `ends with “${plain(bare(line))}”`),
    own.maxSentences !== undefined && own.maxSentences === joined.maxSentences
      ? `has at most ${own.maxSentences} ${own.maxSentences === 1 ? 'sentence' : 'sentences'}`
      : '',
  ].filter((effect) => effect !== '');
  if (effects.length === 0) return undefined;
  return { about: 'Followed', text: `Because of **${skill.name}** this answer ${enumerate(effects)}.` };
}

/** A skill's first instruction for a real model, so that editing it is seen. */
function gistPoint(skill: DemoSkill): Point | undefined {
  const line = firstInstruction(skill.body);
  if (line === undefined) return undefined;
  return { about: 'Guidance', text: `**${skill.name}** tells a real model: ${quotedEnd(line, 120)}` };
}

function placePoint(prompt: DemoPrompt): Point {
  const count = prompt.earlier.length;
  const earlier = count === 1 ? 'one earlier message' : `${count} earlier messages`;
  const text =
    count === 0
      ? 'This is the first message of our conversation that I can see.'
      : `I can see ${earlier} of yours; ask “what did I say before?” to see ${count === 1 ? 'it' : 'them'} again.`;
  return { about: 'Memory', text, beginsParagraph: true };
}

function ordinaryPoints(
  prompt: DemoPrompt,
  own: readonly Directives[],
  joined: Directives,
): readonly Point[] {
  const points: (Point | undefined)[] = [
    acknowledgement(prompt.words),
    skillsPoint(prompt.skills),
    ...prompt.skills.map((skill, index) => followedPoint(skill, own[index] ?? joined, joined)),
    ...prompt.skills.slice(0, 3).map(gistPoint),
    placePoint(prompt),
  ];
  return points.filter((point) => point !== undefined);
}

const nothingBefore: Point = {
  about: 'Memory',
  text: 'Nothing before this: it is the first message that I can see in this conversation.',
};
const recallLead = 'This is what you said before, the oldest first:';

function recallPoints(earlier: readonly string[]): readonly Point[] {
  return earlier.map((words, index) => ({
    about: `Message ${index + 1}`,
    text: `You said: ${quotedEnd(words)}`,
  }));
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
      return prompt.earlier.length === 0
        ? layOut([nothingBefore], joined, notice)
        : layOut(recallPoints(prompt.earlier), list, { ...notice, lead: recallLead });
    case 'help':
      return layOut(helpPoints(), list, { ...notice, lead: 'Write one of these and see:' });
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
