// The organiser's pages, fetched together and only by organisers.

export { default as DeskList } from './DeskList.svelte';
export { default as DeskNew } from './DeskNew.svelte';
export { default as DeskEvent } from './DeskEvent.svelte';
