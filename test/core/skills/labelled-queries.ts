/** What people write to a bot in a team, and which shipped skill should be given. */
export interface LabelledQuery {
  readonly text: string;
  /** The skill that must be given; undefined where none may be. */
  readonly wants?: string;
  /** Further skills that a sensible person would not mind. */
  readonly minds?: readonly string[];
}

const positives: Readonly<Record<string, readonly (string | readonly [string, ...string[]])[]>> = {
  'summarise-discussion': [
    'can you summarise this thread for me?',
    'tldr please',
    'I was on holiday, what did I miss in here since Monday?',
    'give me the gist of the discussion above',
    'Could somebody recap what was agreed about the pricing page?',
    'condense this article into a few key points: The European Central Bank decided on Thursday to leave rates alone.',
    'Bring me up to speed on the login redesign conversation',
    'Summarize the last 50 messages in two or three bullets',
  ],
  'compare-options': [
    'should we go with Redis or Memcached? pros and cons please',
    'Compare Notion and Confluence for a team of 12',
    ['Postgres vs MySQL for a small shop, which one would you pick?', 'write-sql'],
    'We have three vendors for payroll. Help us decide between them',
    'what are the trade-offs of a monorepo?',
    'Which alternative is better for remote people: Zoom or Teams?',
    'do you recommend renting or buying the equipment',
    'Kotlin versus Swift, which is the better choice for us',
  ],
  'draft-message': [
    'write an email to our landlord asking for a later move-out date',
    'help me reply to this customer, she is angry about the late delivery',
    'make this sound more polite: I already told you twice',
    'Rephrase: we cannot do that before Q3',
    'Can you draft an announcement for the new office in Lyon?',
    'I need a friendly follow-up to a candidate who has not answered',
    'shorten this mail and make the tone less harsh',
    'how would you politely decline an invitation to a wedding?',
  ],
  'explain-error': [
    "TypeError: Cannot read properties of undefined (reading 'id')",
    'my build is failing with exit code 137, why?',
    'what does ECONNREFUSED 127.0.0.1:5432 mean, connection refused since this morning',
    'the app crashes as soon as I open settings',
    'Traceback (most recent call last): File "main.py", line 3, in <module> ModuleNotFoundError: No module named requests',
    'npm install throws a permission denied error on my mac',
    'The nightly job does not work any more, it just hangs',
    'got this exception in production, help me debug it',
  ],
  'review-code': [
    'please review this pull request',
    'can you have a look at my code before I merge? ```ts\nconst a = 1\n```',
    'is this function readable enough, any feedback?',
    'Any race condition in this patch?',
    'code review please: function add(a, b) { return a - b }',
    'what would you refactor in this class',
    'critique my diff',
    'Does this PR follow best practice?',
  ],
  'write-sql': [
    'write a SQL query that counts orders per customer per month',
    'how do I join these two tables without duplicate rows?',
    'this query is slow, which index do I need?',
    'postgres: find users who have no orders',
    'give me an upsert for sqlite',
    'add a column to the customers table without downtime',
    'SELECT name FROM users WHERE id IN (SELECT user_id FROM bans), can this be faster?',
    'group by week in mysql',
  ],
  'plan-work': [
    'break down the migration to the new CRM into tasks',
    'make a project plan for our website relaunch',
    'we need a roadmap for Q1',
    'Where do I start with a customer survey? Give me milestones',
    'help me plan the offsite in May',
    'estimate how long the checkout rewrite takes and what to do first',
    'prioritise this backlog: dark mode, export, billing bug, SSO',
    'what should our next steps be until the launch on 3 March?',
  ],
  'meeting-notes': [
    'turn these notes into action items',
    'Minutes of the Tuesday meeting please: Anna will ship the beta, Ben checks the invoice',
    'extract who has to do what from this transcript',
    'write an agenda for the retro on Friday',
    'list the decisions made in this call',
    'prepare the agenda for tomorrow, one hour, budget and hiring',
    'here are my notes from the stand-up, clean them up',
    'pull the todos out of this meeting',
  ],
  'translate-text': [
    'translate this to German: The invoice is overdue',
    'how do you say "deadline" in Spanish?',
    'Was heißt "backlog" auf Deutsch?',
    'what does "ça ne fait rien" mean in English',
    'Please check my French translation',
    'put this into Japanese for our partners',
    'English version of this contract clause please',
    'is this a correct Polish sentence',
  ],
  'how-to-steps': [
    'how do I set up two-factor authentication?',
    'walk me through installing Docker on Ubuntu',
    'step by step guide to connect a printer',
    'Explain how to configure SSO with Okta',
    'write a runbook for rotating the TLS certificates',
    'onboarding checklist for new hires',
    'instructions for descaling the coffee machine',
    'How can I enable dark mode in the app?',
  ],
  'incident-update': [
    'write a status page update, checkout has been down since 10:40',
    'we have an outage, help me tell customers',
    'draft a postmortem for last night',
    'Incident: API latency degraded in eu-west, need a message for support',
    'service is restored, write the all clear',
    'sev1, what do we post to customers?',
    'root cause analysis of the downtime on Sunday',
    'payments are down, I need to inform everyone',
  ],
  'check-figures': [
    'what is 17% of 2,340?',
    'calculate the growth rate from 1.2m to 1.5m',
    'check these numbers: 120 + 80 + 45 = 255',
    'is the average order value right? revenue 88,200, orders 1,260',
    'excel formula to sum only the visible rows',
    'Convert 350 euros per month to a yearly budget',
    'our margin went from 32 to 28 percent, by how much did it fall?',
    'add up these amounts please: 12.50, 7.20, 99.00',
  ],
};

const negatives: readonly string[] = [
  'hello there',
  'thanks!',
  'ok cool',
  'what is up',
  'good morning everyone',
  'hey, how are you doing today?',
  'lol that was great',
  'thank you so much, you are the best',
  'yes please',
  'see you tomorrow',
  "what's the latest news?",
  'capital of France',
  'what is the capital of France?',
  'the digit in the middle',
  'how do I grow tomatoes in a browser game',
  'who won the football match yesterday',
  'tell me a joke',
  'what is your name?',
  'who made you',
  'is it going to rain in Berlin',
  'how old is the universe?',
  'recommend a good film',
  'my cat is asleep on the keyboard',
  'what do octopuses eat',
  'happy birthday Maria!!',
  'I am so tired of this weather',
  'who wrote Pride and Prejudice',
  'sing me a song about pirates',
  'do you like pizza?',
  'when was the Eiffel tower built',
  'why is the sky blue',
  'how tall is Mount Everest',
  'what is the meaning of life',
  'I think Anna is out for lunch',
  'are you a robot?',
  'brb coffee',
  'nice work yesterday folks',
  'which planet has rings',
  'where can I buy good shoes',
  '\u{1f44d}\u{1f44d}',
  '<@U0123ABC> hi',
  'https://example.com/review/sql/error',
  '> can you summarise this thread for me?\nsounds good',
  '12345',
  'guten Morgen',
  'I love Paris in the spring',
];

function positive(wants: string, entry: string | readonly [string, ...string[]]): LabelledQuery {
  if (typeof entry === 'string') return { text: entry, wants };
  const [text, ...minds] = entry;
  return { text, wants, minds };
}

const all: readonly LabelledQuery[][] = [
  ...Object.entries(positives).map(([wants, entries]) => entries.map((entry) => positive(wants, entry))),
  negatives.map((text) => ({ text })),
];

/** Weights and floor were chosen on these. */
export const tuningQueries = all.flatMap((queries) => queries.filter((_, at) => at % 2 === 0));

/** Looked at only to judge the choice. */
export const heldOutQueries = all.flatMap((queries) => queries.filter((_, at) => at % 2 === 1));
