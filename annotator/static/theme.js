// Runs as soon as it is injected: the page is ready by then, so there is no load event to wait for.
(() => {
  const kept = localStorage.getItem('mmvp_theme');
  const asked = new URLSearchParams(location.search).get('__theme');
  const theme = asked || kept;
  if (theme === 'dark' || theme === 'light') document.body.classList.toggle('dark', theme === 'dark');
  document.documentElement.classList.toggle('dark', document.body.classList.contains('dark'));
})();
