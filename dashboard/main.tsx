import { render } from 'preact';
import { App } from './app.tsx';
import { readFirst } from './service/first.ts';
import './style/base.css';
import './style/parts.css';
import './style/sections.css';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');
render(<App first={readFirst()} />, root);
