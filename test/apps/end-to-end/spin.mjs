// Blocks its event loop for ever, soon after the start.
setTimeout(function spin() {
  console.log('ready');
  for (;;);
}, 200);
