// SPDX-License-Identifier: MIT
//
// A dashboard of ours in the types that Grafana itself has for its parts: options and fields of each kind of panel too.
import type * as grafana from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has the values of an enumeration where TypeScript wants its names.
type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;

type Common = Omit<grafana.Panel, 'type' | 'options' | 'fieldConfig' | 'targets' | 'datasource'>;

type Kind<Type extends string, Options, Custom> = Plain<Common> & {
  type: Type;
  options: Plain<Options>;
  datasource: grafana.DataSourceRef;
  targets: ({ refId: string; datasource: grafana.DataSourceRef } & Record<string, unknown>)[];
  fieldConfig: {
    defaults: Plain<Omit<grafana.FieldConfig, 'custom'>> & { custom?: Plain<Custom> };
    overrides: { matcher: grafana.MatcherConfig; properties: { id: string; value: unknown }[] }[];
  };
};

type Panel =
  | Kind<'timeseries', Omit<timeseries.Options, 'timezone'>, timeseries.FieldConfig>
  | Kind<'state-timeline', timeline.Options, timeline.FieldConfig>
  | Kind<'stat', stat.Options, never>
  | Plain<grafana.RowPanel>;

// What an exported file has besides: what it asks for when it is imported, and what it needs.
export type Dashboard = Plain<Omit<grafana.Dashboard, 'panels'>> & {
  __inputs: unknown[];
  __requires: unknown[];
  __elements: {};
  panels: Panel[];
};
