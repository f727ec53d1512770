// The theme before anything is drawn; then what the forms can do with a script beside them.
const asked = new URLSearchParams(location.search).get('__theme') || localStorage.getItem('mmvp_theme');
const dark = asked ? asked === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
document.documentElement.classList.toggle('dark', dark);
document.body.classList.toggle('dark', dark);
document.documentElement.classList.toggle('dark-mode', dark); // Swagger UI's own name for it

addEventListener('DOMContentLoaded', () => {
  for (const button of document.querySelectorAll('.show')) {
    const field = button.previousElementSibling;
    button.hidden = false;
    button.addEventListener('click', () => {
      const shown = field.type === 'password';
      field.type = shown ? 'text' : 'password';
      button.textContent = shown ? 'Hide' : 'Show';
      button.setAttribute('aria-pressed', String(shown));
      field.focus();
    });
  }
  const [fresh, again] = ['new', 'again'].map((id) => document.getElementById(id));
  if (again) {
    const compare = () => again.setCustomValidity(again.value === fresh.value ? '' : 'This is not the same password.');
    fresh.addEventListener('input', compare);
    again.addEventListener('input', compare);
  }
  const problem = document.querySelector('.problem[data-wait]');
  let left = problem ? Number(problem.dataset.wait) : 0;
  if (left <= 0) return;
  const go = document.querySelector('.go');
  const label = go.textContent;
  const tick = () => {
    go.disabled = left > 0;
    go.textContent = left > 0 ? 'Wait ' + (left < 90 ? left + ' s' : Math.ceil(left / 60) + ' min') : label;
    if (left-- > 0) setTimeout(tick, 1000);
  };
  tick();
});
