// The pages of organisers and admins, fetched together and only by them.

export { default as Accounts } from './Accounts.svelte';
export { default as Inspector } from '../inspect/Inspector.svelte';
export { default as DeskList } from './DeskList.svelte';
export { default as DeskNew } from './DeskNew.svelte';
export { default as Webhooks } from './Webhooks.svelte';
export { default as DeskEvent } from './DeskEvent.svelte';
