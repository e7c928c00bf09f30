import { el } from './dom.js';

/** The line under an answer: which model wrote it and with which skills; opened, why these. */
export function createNotes(notes) {
  const count = notes.skills.length;
  const skills = count === 0 ? 'No skill' : count === 1 ? '1 skill' : `${count} skills`;
  return el(
    'details',
    { class: 'why' },
    el(
      'summary',
      {},
      el('span', {}, skills),
      ...(notes.model === '' ? [] : [el('span', { class: 'by' }, notes.model)]),
    ),
    count === 0
      ? el(
          'p',
          { class: 'none' },
          'Nothing in the skill library matched your words, so the model answered without any.',
        )
      : el('ul', { class: 'skills' }, ...notes.skills.map(skillItem)),
  );
}

function skillItem(skill) {
  const percent = Math.round(Math.max(0, Math.min(1, skill.score)) * 100);
  const fill = el('i');
  fill.style.inlineSize = `${percent}%`;
  return el(
    'li',
    {},
    el(
      'p',
      { class: 'skill-head' },
      el('strong', {}, skill.name),
      el('span', { class: 'version' }, `version ${skill.version}`),
      el(
        'span',
        { class: 'score', title: 'How well it fits your words' },
        el('span', { class: 'meter', 'aria-hidden': true }, fill),
        `${percent} %`,
        el('span', { class: 'hidden' }, ' match'),
      ),
    ),
    skill.because.length === 0
      ? el('p', { class: 'because' }, 'Led to by the sense of your words as a whole.')
      : el(
          'p',
          { class: 'because' },
          'Because you wrote ',
          ...skill.because.flatMap((word, index) => [...(index === 0 ? [] : [' ']), el('q', {}, word)]),
        ),
  );
}
