import type { Picture } from '../domain/outbound-message.ts';
import { isRetrievable, type Skill } from '../domain/skill.ts';
import type { ContextStats, SkillStats } from '../skills/skill-stats.ts';
import type { CommandAnswer, CommandCall } from './context.ts';
import { typed } from './help.ts';
import { counted, literal, percent, spoken } from './markdown-text.ts';
import { audienceOf, skillNamed } from './skill-target.ts';
import { scopeForAsker, standingInWords } from './skill-words.ts';

const shownSkills = 20;

/** How one skill does in use, with a picture where the channel shows one; or all of them in a line each. */
export async function runSkillStats(call: CommandCall): Promise<string | CommandAnswer> {
  const { invocation, args, deps } = call;
  const wanted = args['name'];
  if (wanted === undefined) return overview(call);
  const skill = skillNamed(wanted, invocation, deps, 'skill stats');
  const stats = await deps.skillTools.stats.of(skill);
  const markdown = [
    `**${literal(skill.name)}** version ${skill.version}, for ${scopeForAsker(skill.scope)}: ${standingInWords(skill.standing)}`,
    useLines(stats).join('\n'),
    trialPart(skill, stats),
    ...contextPart(stats.contexts),
  ].join('\n\n');
  if (!invocation.capabilities.canShowImages) return markdown;
  const images = await pictureOf(skill, stats, call);
  return images.length === 0 ? markdown : { markdown, images };
}

/** The words stand alone where no picture can be made. */
async function pictureOf(
  skill: Skill,
  stats: SkillStats,
  { deps }: CommandCall,
): Promise<readonly Picture[]> {
  try {
    const bytes = await deps.skillTools.chart(stats.chart);
    return [
      {
        fileName: `${skill.name}.png`,
        mediaType: 'image/png',
        bytes,
        alt: `Use, ratings and estimated effect of the skill ${skill.name} over time`,
      },
    ];
  } catch (error) {
    deps.logger.warn('chart_failed', { error });
    return [];
  }
}

function useLines({ exposures, shown, masked, good, bad }: SkillStats): readonly string[] {
  if (exposures === 0) return ['- Not met by a finished conversation of this trial yet'];
  const left = masked === 0 ? '' : `, left out by chance in ${masked}`;
  return [
    `- It fitted in ${counted(exposures, 'conversation', 'conversations')}: shown in ${shown}${left}`,
    `- Ratings where it was shown: ${good} good, ${bad} bad`,
  ];
}

function trialPart({ standing }: Skill, stats: SkillStats): string {
  const { lift, pHarm, evidence, expectedDecisionMs, labelledShown, labelledMasked } = stats;
  const lines = [
    lift === undefined
      ? '- Effect: nothing can be said yet'
      : `- Effect on a conversation’s ratings: ${signed(lift.mean)}, with 90 % between ${signed(lift.low)} and ${signed(lift.high)}`,
    ...(pHarm === undefined ? [] : [`- Chance that it does harm: ${percent(pHarm)}`]),
    evidence === undefined
      ? standing.isProven
        ? '- Proven'
        : !isRetrievable(standing.state)
          ? '- Test: none, as it is not in use'
          : '- Test: none, as it is always shown; without leaving it out by chance nothing can be proven'
      : `- Test: evidence ${figure(evidence.e)} of the ${figure(evidence.needed)} that proof takes`,
    ...(evidence === undefined || standing.isProven
      ? []
      : [
          expectedDecisionMs === undefined
            ? '- No decision is in sight at this pace'
            : `- At this pace decided in about ${spoken(expectedDecisionMs)}`,
        ]),
    ...(labelledShown === undefined
      ? []
      : [
          `- Rated: ${percent(labelledShown)} of the conversations with it${labelledMasked === undefined ? '' : `, ${percent(labelledMasked)} of those without`}`,
        ]),
    ...(stats.isLabelShareOff
      ? ['- These shares differ by more than chance, so it is not promoted by itself']
      : []),
  ];
  return [`**Trial ${standing.trial}**`, ...lines].join('\n');
}

function contextPart(contexts: readonly ContextStats[]): readonly string[] {
  if (contexts.length === 0) return [];
  const lines = contexts.map(
    ({ context, sessions, good, bad, isMasked }) =>
      `- ${literal(context)}: ${counted(sessions, 'conversation', 'conversations')}, ${good} good, ${bad} bad${isMasked ? ', left out there as it did harm' : ''}`,
  );
  return [['**Where**', ...lines].join('\n')];
}

const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
const figure = (value: number): string => (value >= 1_000 ? value.toExponential(1) : value.toFixed(1));

async function overview({ invocation, deps }: CommandCall): Promise<string> {
  const skills = deps.skills
    .list(audienceOf(invocation))
    .filter(({ standing }) => isRetrievable(standing.state));
  const rows = await Promise.all(
    skills.map(async (skill) => ({ skill, stats: await deps.skillTools.stats.of(skill) })),
  );
  const used = rows.filter(({ stats }) => stats.exposures > 0).sort((a, b) => b.stats.shown - a.stats.shown);
  const { waiting, dropped, trained } = await deps.skillTools.stats.samples();
  const lines = used.slice(0, shownSkills).map(({ skill, stats }) => {
    const lift = stats.lift === undefined ? '' : `, effect ${signed(stats.lift.mean)}`;
    return `- **${literal(skill.name)}** (${standingInWords(skill.standing)}): ${counted(stats.shown, 'conversation', 'conversations')}, ${stats.good} good, ${stats.bad} bad${lift}`;
  });
  return [
    `**${counted(skills.length, 'skill', 'skills')}**, generation ${deps.skills.generation()}`,
    lines.length === 0
      ? 'None of them was met by a finished conversation of its trial yet.'
      : lines.join('\n'),
    `Samples for training: ${waiting} waiting, ${dropped} dropped by changes of skills, ${trained} trained on.`,
    `One in full: ${typed(invocation, 'skill stats <name>')}`,
  ].join('\n\n');
}
