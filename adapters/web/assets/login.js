import { post } from './api.js';

const form = document.querySelector('#login');
const password = document.querySelector('#password');
const problem = document.querySelector('#problem');
const button = form.querySelector('button');

password.focus();
// Disabled until here: an Enter before the script is there would be the browser's own submit, which leads nowhere.
button.disabled = false;
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.textContent = '';
  const answer = await post('/api/login', { password: password.value });
  button.disabled = false;
  if (answer.ok) {
    location.replace('/');
    return;
  }
  problem.textContent = answer.message;
  password.select();
  password.focus();
});
