/**
 * How a model server is spoken to. `openai-chat`: `POST /chat/completions`; `openai-responses`: `POST /responses` (both of the
 * OpenAI API reference); `anthropic`: `POST /messages` of Anthropic's API reference, and its `count_tokens`.
 */
export const dialects = ['openai-chat', 'openai-responses', 'anthropic'] as const;
export type Dialect = (typeof dialects)[number];
