/** A program that serves models on its usual loopback port. */
export interface Candidate {
  readonly name: string;
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
}

/** The first one that answers wins. The address is a number, so that no name server and no proxy is asked. */
export const candidates: readonly Candidate[] = [
  { name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1' },
  { name: 'llama.cpp', baseUrl: 'http://127.0.0.1:8080/v1' },
  { name: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1' },
  { name: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1' },
];
