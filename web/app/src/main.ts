// Where the page begins: language, light, session, connection, then the first page.

import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { goLive } from './live.svelte.ts';
import { watchKept } from './offline/watch.ts';
import { showTheme } from './preferences.svelte.ts';
import { watchAbsence } from './rooms/away.svelte.ts';
import { listen } from './router.svelte.ts';
import { start } from './session.svelte.ts';
import { startLanguage } from './text/words.svelte.ts';

showTheme();
listen();
await startLanguage();
mount(App, { target: document.getElementById('app')! });
await start();
watchKept();
goLive();
watchAbsence();
