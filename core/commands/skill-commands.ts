import type { Skill } from '../domain/skill.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall } from './context.ts';
import { draftCode } from './draft-card.ts';
import { isForAskerAlone } from './feedback-lines.ts';
import { typed } from './help.ts';
import { counted, literal, shortened, spoken } from './markdown-text.ts';
import { audienceOf, skillNamed } from './skill-target.ts';
import { isNarrow, scopeForAsker, standingInWords } from './skill-words.ts';

const pageSize = 10;
const searchLimit = 8;
const shownDescriptionChars = 140;
const shownDrafts = 10;
const shownResting = 20;

export async function runSkillList(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const skills = deps.skills.list(audienceOf(invocation));
  const apart = await restingParts(call);
  if (skills.length === 0) {
    const none = `I have no skills here. ${typed(invocation, 'skill add')} makes one; the operator can put some into the \`skills\` folder of the data folder.`;
    return [none, ...apart].join('\n\n');
  }
  const pages = Math.ceil(skills.length / pageSize);
  const page = Number(args['page'] ?? '1');
  if (page > pages) return `There ${pages === 1 ? 'is one page' : `are ${pages} pages`} of skills only.`;
  const shown = skills.slice((page - 1) * pageSize, page * pageSize);
  const heading = `**${counted(skills.length, 'skill', 'skills')}**, generation ${deps.skills.generation()}`;
  const where = pages === 1 ? '' : `, page ${page} of ${pages}`;
  const next = page < pages ? [`The next ones: ${typed(invocation, `skill list ${page + 1}`)}`] : [];
  return [
    `${heading}${where}`,
    shown.map(summaryLine).join('\n'),
    [...next, `One in full: ${typed(invocation, 'skill show <name>')}`].join('\n'),
    ...(page === 1 ? apart : []),
  ].join('\n\n');
}

function summaryLine(skill: Skill): string {
  const marks = [
    ...(isNarrow(skill) ? [`for ${scopeForAsker(skill.scope)}`] : []),
    ...(skill.standing.state === 'canary' ? ['canary'] : skill.standing.isProven ? ['proven'] : []),
    ...(skill.standing.isPinned ? ['pinned'] : []),
  ];
  const marked = marks.length === 0 ? '' : ` (${marks.join(', ')})`;
  return `- **${literal(skill.name)}**${marked} – ${literal(shortened(skill.description, shownDescriptionChars))}`;
}

/** What is not in use: drafts and resting skills, for those who decide on them. */
async function restingParts({ invocation, deps }: CommandCall): Promise<readonly string[]> {
  if (!mayUse({ role: 'maintainer' }, invocation.role)) return [];
  const { proposals, library } = deps.skillTools;
  const drafts = await proposals.list(['waiting'], shownDrafts + 1, invocation.conversation.spaceId);
  const resting = library.resting(audienceOf(invocation));
  const draftLines = drafts.slice(0, shownDrafts).map((draft) => {
    // A topic is made of people's words, which are not for everybody to read.
    const topic = isForAskerAlone(invocation) ? `, ${literal(shortened(draft.topic, 80))}` : '';
    return `- ${draftCode(draft)}: ${literal(draft.operation.op)}${topic}`;
  });
  const restLines = resting
    .slice(0, shownResting)
    .map((skill) => `- **${literal(skill.name)}**: ${standingInWords(skill.standing)}`);
  const look = typed(invocation, 'skill approve <draft>');
  return [
    ...(draftLines.length === 0
      ? []
      : [
          [
            `**Drafts that wait for you** (${look} shows one)`,
            ...draftLines,
            ...(drafts.length > shownDrafts ? ['- and more'] : []),
          ].join('\n'),
        ]),
    ...(restLines.length === 0
      ? []
      : [
          ['**Not in use**', ...restLines, ...(resting.length > shownResting ? ['- and more'] : [])].join(
            '\n',
          ),
        ]),
  ];
}

export async function runSkillShow({ invocation, args, deps }: CommandCall): Promise<string> {
  const skill = skillNamed(args['name'] ?? '', invocation, deps);
  const { standing } = skill;
  const stats = await deps.skillTools.stats.of(skill);
  const contexts = standing.maskedContexts.length;
  const facts = [
    `**${literal(skill.name)}**, version ${skill.version}, for ${scopeForAsker(skill.scope)}`,
    `*When:* ${literal(skill.description)}`,
    ...(skill.triggers.length > 0 ? [`*Also found by:* ${skill.triggers.map(literal).join(', ')}`] : []),
    `*State:* ${standingInWords(standing)}${standing.since > 0 ? `, for ${spoken(deps.clock.now() - standing.since)}` : ''}`,
    `*Written by:* ${originInWords(skill, invocation.actorId, mayUse({ role: 'maintainer' }, invocation.role) && isForAskerAlone(invocation))}`,
    ...(stats.good + stats.bad > 0
      ? [`*Helped or harmed:* ${stats.good} good and ${stats.bad} bad ratings where it was shown`]
      : []),
    ...(contexts > 0
      ? [
          `*Left out* in ${counted(contexts, 'kind of conversation', 'kinds of conversations')} where it did harm`,
        ]
      : []),
  ];
  // The body last and by itself: whatever its Markdown leaves open ends with it.
  return `${facts.join('\n')}\n\n---\n\n${skill.body}`;
}

function originInWords({ origin, learnedFrom }: Skill, actorId: string, showsNames: boolean): string {
  switch (origin.kind) {
    case 'files':
      return 'a file of the operator';
    case 'person': {
      const who = origin.by === actorId ? 'you' : showsNames ? literal(origin.by) : 'somebody here';
      return learnedFrom === undefined ? who : `${who}, from a draft`;
    }
    case 'learned': {
      const approved =
        origin.approvedBy === undefined
          ? ''
          : `, approved by ${origin.approvedBy === actorId ? 'you' : showsNames ? literal(origin.approvedBy) : 'a maintainer'}`;
      return `${literal(origin.model)} from ${counted(origin.evidence.length, 'answer', 'answers')}, as draft ${origin.proposal}${approved}`;
    }
  }
}

export function runSkillSearch({ invocation, args, deps }: CommandCall): string {
  const words = args['words'] ?? '';
  const hits = deps.skills.search(words, searchLimit, audienceOf(invocation));
  const quoted = `“${literal(shortened(words, 80))}”`;
  if (hits.length === 0)
    return `No skill has to do with ${quoted}. ${typed(invocation, 'skill list')} shows all of them.`;
  const lines = hits.map(({ skill, score }) => {
    const fit = score > 0 ? ` (${Math.round(score * 100)} %)` : '';
    return `- **${literal(skill.name)}**${fit} – ${literal(shortened(skill.description, shownDescriptionChars))}`;
  });
  return [`Skills for ${quoted}, best first:`, lines.join('\n')].join('\n\n');
}
