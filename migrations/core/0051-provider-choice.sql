-- Who sets up a workspace may see what it can choose from; the secret stays sealed.
create policy reach_select_choose on core.providers for select to :app using ((select core.reaches('core.settings.manage')));
