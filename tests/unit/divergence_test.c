/* SPDX-License-Identifier: MIT */
/* One window of observations → finding, as tables of figures. */
#include "check.h"

#include "divergence.h"

enum { FRAME = 1514, HEADERS = 66 }; /* octets: a full TCP frame, and the part of it that cutting repeats */

static const struct wt_limits limits = {.tolerance = 0.01, .least_frames = 1000};

/* What an exact tap and a counter that lags by nothing give. hidden: all TCP unless some is said to be UDP. */
static struct wt_window window_of(double packets, double frames, double counter)
{
  double hidden = frames - packets;

  return (struct wt_window){
      .packets = packets,
      .packets_low = packets,
      .packets_high = packets,
      .frames = frames,
      .frames_low = frames,
      .frames_high = frames,
      .hidden_low = hidden,
      .hidden_high = hidden,
      .octets = frames * FRAME,
      .packet_octets = frames * FRAME - hidden * HEADERS,
      .hidden_tcp = hidden,
      .counter = counter,
      .counter_octets = frames * FRAME,
      .tapped = true,
  };
}

/* ---- situations ------------------------------------------------------------------------------------------------ */

enum {
  U = WT_VERDICT_UNKNOWN,
  A = WT_VERDICT_AGREES,
  UNDER = WT_VERDICT_UNDER_REPORTS,
  OVER = WT_VERDICT_OVER_REPORTS
};
enum { NOT_TOLD = WT_BASIS_UNDETERMINED, WIRE = WT_BASIS_WIRE, PACKET = WT_BASIS_PACKET, MIXED = WT_BASIS_MIXED };

/* The facts of a row: its direction, and what is on or known of the device. */
enum { RX = WT_RX, TX = WT_TX, GRO = 2, HW_GRO = 4, LRO = 8, STACKED = 16, VIRTUAL = 32, BLIND = 64 };
enum { FACT_COMBINATIONS = 32 }; /* of GRO to VIRTUAL */

static struct wt_facts facts_of(int bits)
{
  return (struct wt_facts){
      .direction = bits & TX ? WT_TX : WT_RX,
      .source = WT_SOURCE_TAP,
      .gro = bits & GRO,
      .hw_gro = bits & HW_GRO,
      .lro = bits & LRO,
      .stacked = bits & STACKED,
      .virtual_link = bits & VIRTUAL,
      .capture_is_blind = bits & BLIND,
  };
}

struct row {
  const char *name;
  int facts;
  double packets, frames, counter, bypass, late;
  int counter_verdict, capture_verdict, basis, cause;
  const char *reason; /* part of why the counter's verdict is unknown */
};

static void check_reason(const char *row, const struct wt_judgement *judgement, const char *part)
{
  if (judgement->verdict != WT_VERDICT_UNKNOWN) {
    check(row, !judgement->reason);
    return;
  }
  check(row, judgement->reason && *judgement->reason);
  if (part && judgement->reason)
    check_contains(row, judgement->reason, part);
}

static void check_ratio(const char *row, const struct wt_judgement *judgement, double signal, double wire)
{
  check_near(row, judgement->ratio, signal / wire, 1e-9);
  check_near(row, judgement->divergence, fabs(wire - signal) / wire, 1e-9);
}

static void check_rows(const struct row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const struct row *row = &rows[i];
    struct wt_window window = window_of(row->packets, row->frames, row->counter);
    const struct wt_facts facts = facts_of(row->facts);
    struct wt_finding finding;

    window.bypass = row->bypass;
    window.late = window.early = row->late;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(row->name, wt_verdict_name(finding.counter.verdict),
               wt_verdict_name((enum wt_verdict)row->counter_verdict));
    check_text(row->name, wt_verdict_name(finding.capture.verdict),
               wt_verdict_name((enum wt_verdict)row->capture_verdict));
    check_text(row->name, wt_basis_name(finding.basis), wt_basis_name((enum wt_basis)row->basis));
    check_text(row->name, wt_cause_name(finding.cause), wt_cause_name((enum wt_cause)row->cause));
    check_reason(row->name, &finding.counter, row->reason);
    check_reason(row->name, &finding.capture, NULL);
    check_ratio(row->name, &finding.counter, row->counter, row->frames + row->bypass);
    if (!facts.capture_is_blind)
      check_ratio(row->name, &finding.capture, row->packets, row->frames + row->bypass);
    check_near(row->name, finding.segments_per_packet, row->frames / row->packets, 1e-9);
    check(row->name, finding.decided);
  }
}

#define LAG    "may lag"
#define UNSEEN "passed the tap unseen"
#define FEWER  "fewer packets were counted"

/* The situations of the demo, with figures as they were measured, and what the same figures mean the other way round.
 */
static void situations(void **state)
{
  static const struct row rows[] = {
      {"tx, TSO on, veth", TX | VIRTUAL | GRO, 5683, 216974, 5683, 0, 0, UNDER, UNDER, PACKET, WT_CAUSE_TSO, NULL},
      {"rx of the same figures, nothing known", RX, 5683, 216974, 5683, 0, 0, UNDER, UNDER, PACKET, WT_CAUSE_UNKNOWN,
       NULL},
      {"tx, TSO on, requests of one segment", TX | VIRTUAL, 40000, 40000, 40000, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE,
       NULL},
      {"rx, GRO on, packets of one segment", RX | GRO | VIRTUAL, 40000, 40000, 40000, 0, 0, A, A, NOT_TOLD,
       WT_CAUSE_NONE, NULL},
      {"tx, TSO off, software GSO", TX, 217663, 217663, 217663, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"rx of what was cut by software, GRO off", RX, 217663, 217663, 217663, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE,
       NULL},
      {"rx, GRO on, sender cuts", RX | GRO | VIRTUAL, 5917, 217858, 217858, 0, 0, A, UNDER, WIRE, WT_CAUSE_GRO, NULL},
      {"tx, TSO on, a driver that counts segments", TX | GRO, 5917, 217858, 217858, 0, 0, A, UNDER, WIRE, WT_CAUSE_TSO,
       NULL},
      {"rx, GRO on the device below a macvlan", RX | STACKED | GRO, 4555, 144519, 4555, 0, 0, UNDER, UNDER, PACKET,
       WT_CAUSE_LOWER_DEVICE, NULL},
      {"tx of a macvlan, TSO on", TX | STACKED | GRO, 4555, 144519, 4555, 0, 0, UNDER, UNDER, PACKET, WT_CAUSE_TSO,
       NULL},
      {"rx, veth, peer sent uncut", RX | VIRTUAL | GRO, 5683, 216974, 5683, 0, 0, UNDER, UNDER, PACKET,
       WT_CAUSE_VIRTUAL_LINK, NULL},
      {"tx past the tap", TX | VIRTUAL, 100, 100, 50100, 50000, 0, U, UNDER, NOT_TOLD, WT_CAUSE_BYPASS, UNSEEN},
      {"rx past the tap (XDP)", RX | GRO, 100, 100, 50100, 50000, 0, U, UNDER, NOT_TOLD, WT_CAUSE_BYPASS, UNSEEN},
      {"tx, no offload", TX, 216134, 216134, 216134, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"rx, no offload", RX, 216134, 216134, 216134, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  check_done();
}

static void causes(void **state)
{
  static const struct row rows[] = {
      {"hw-gro, counted as aggregates", RX | HW_GRO | GRO, 5000, 100000, 5000, 0, 0, UNDER, UNDER, PACKET,
       WT_CAUSE_HW_GRO, NULL},
      {"hw-gro, counted as frames", RX | HW_GRO | GRO, 5000, 100000, 100000, 0, 0, A, UNDER, WIRE, WT_CAUSE_HW_GRO,
       NULL},
      {"lro, counted as aggregates", RX | LRO | GRO, 5000, 100000, 5000, 0, 0, UNDER, UNDER, PACKET, WT_CAUSE_LRO,
       NULL},
      {"lro, counted as frames", RX | LRO | GRO, 5000, 100000, 100000, 0, 0, A, UNDER, WIRE, WT_CAUSE_LRO, NULL},
      {"merged before the counter, with software GRO alone", RX | GRO, 5000, 100000, 5000, 0, 0, UNDER, UNDER, PACKET,
       WT_CAUSE_UNKNOWN, NULL},
      {"merged after the counter, GRO off", RX, 5000, 100000, 100000, 0, 0, A, UNDER, WIRE, WT_CAUSE_UNKNOWN, NULL},
      {"virtio, host merges, with rx-gro-hw", RX | VIRTUAL | HW_GRO | GRO, 5000, 100000, 5000, 0, 0, UNDER, UNDER,
       PACKET, WT_CAUSE_VIRTUAL_LINK, NULL},
      {"virtio with rx-gro-hw, merged after the counter", RX | VIRTUAL | HW_GRO | GRO, 5000, 100000, 100000, 0, 0, A,
       UNDER, WIRE, WT_CAUSE_GRO, NULL},
      {"a stacked virtual device", RX | VIRTUAL | STACKED | GRO, 5000, 100000, 5000, 0, 0, UNDER, UNDER, PACKET,
       WT_CAUSE_LOWER_DEVICE, NULL},
      {"vxlan merges after its own counter", RX | STACKED | GRO, 5000, 100000, 100000, 0, 0, A, UNDER, WIRE,
       WT_CAUSE_GRO, NULL},
      /* Half is merged below, half by its own GRO: the larger part is named. */
      {"mixed, more below", RX | STACKED | GRO, 5000, 100000, 40000, 0, 0, UNDER, UNDER, MIXED, WT_CAUSE_LOWER_DEVICE,
       NULL},
      {"mixed, more by its own GRO", RX | STACKED | GRO, 5000, 100000, 70000, 0, 0, UNDER, UNDER, MIXED, WT_CAUSE_GRO,
       NULL},
      {"mixed on transmit", TX, 5000, 100000, 50000, 0, 0, UNDER, UNDER, MIXED, WT_CAUSE_TSO, NULL},
      {"less past the tap than is merged", TX, 5000, 100000, 102000, 2000, 0, U, UNDER, NOT_TOLD, WT_CAUSE_TSO, UNSEEN},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  check_done();
}

/* Which protocol was merged on transmit, or none that is known. */
static void causes_on_transmit_follow_the_protocol(void **state)
{
  static const struct {
    const char *name;
    double tcp, udp, unknown;
    enum wt_cause cause;
  } rows[] = {
      {"all TCP", 95000, 0, 0, WT_CAUSE_TSO},
      {"all UDP", 0, 95000, 0, WT_CAUSE_USO},
      {"more TCP", 60000, 35000, 0, WT_CAUSE_TSO},
      {"more UDP", 35000, 60000, 0, WT_CAUSE_USO},
      {"neither (SCTP)", 0, 0, 0, WT_CAUSE_GSO},
      {"mostly neither", 20000, 15000, 0, WT_CAUSE_GSO},
      {"a little of neither", 60000, 30000, 0, WT_CAUSE_TSO},
      {"nothing known", 0, 0, 95000, WT_CAUSE_UNKNOWN},
      {"half of it unknown, the rest TCP", 47500, 0, 47500, WT_CAUSE_TSO},
      {"a little more than half of it unknown", 47499, 0, 47501, WT_CAUSE_UNKNOWN},
      {"the unknown part may make it UDP", 45000, 40000, 10000, WT_CAUSE_UNKNOWN},
      {"nor does it make UDP TCP", 0, 60000, 30000, WT_CAUSE_USO},
      {"neither, whatever the unknown part is", 10000, 10000, 30000, WT_CAUSE_GSO},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_facts facts = facts_of(TX);
    struct wt_window window = window_of(5000, 100000, 5000);
    struct wt_finding finding;

    window.hidden_tcp = rows[i].tcp;
    window.hidden_udp = rows[i].udp;
    window.hidden_unknown = rows[i].unknown;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(rows[i].name, wt_cause_name(finding.cause), wt_cause_name(rows[i].cause));
  }
  check_done();
}

/* ---- tolerance, lag, drops ------------------------------------------------------------------------------------- */

static void tolerance_is_inclusive(void **state)
{
  static const struct row rows[] = {
      {"rx counter at the tolerance, below", RX, 100000, 100000, 99000, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"rx counter beyond it, below", RX, 100000, 100000, 98999, 0, 0, UNDER, A, NOT_TOLD, WT_CAUSE_UNKNOWN, NULL},
      {"rx counter at the tolerance, above", RX, 100000, 100000, 101000, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"rx counter beyond it, above", RX, 100000, 100000, 101001, 0, 0, OVER, A, NOT_TOLD, WT_CAUSE_UNKNOWN, NULL},
      {"tx counter at the tolerance, below", TX, 100000, 100000, 99000, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"tx counter at the tolerance, above", TX, 100000, 100000, 101000, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"tx counter beyond it, above", TX, 100000, 100000, 101001, 0, 0, OVER, A, NOT_TOLD, WT_CAUSE_UNKNOWN, NULL},
      {"capture at the tolerance", RX | GRO, 99000, 100000, 100000, 0, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"capture beyond it", RX | GRO, 98999, 100000, 100000, 0, 0, A, UNDER, NOT_TOLD, WT_CAUSE_GRO, NULL},
      {"past the tap, at the tolerance", TX, 99000, 99000, 99990, 1000, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"past the tap, beyond it", TX, 98999, 98999, 100000, 1001, 0, U, UNDER, NOT_TOLD, WT_CAUSE_BYPASS, UNSEEN},
      /* Twice the tolerance has to be merged before the ways of counting can be told apart. */
      {"merged enough for a basis", RX | GRO, 97999, 100000, 100000, 0, 0, A, UNDER, WIRE, WT_CAUSE_GRO, NULL},
      {"not merged enough", RX | GRO, 98000, 100000, 100000, 0, 0, A, UNDER, NOT_TOLD, WT_CAUSE_GRO, NULL},
      {"merged enough, packets", TX, 97999, 100000, 97999, 0, 0, UNDER, UNDER, PACKET, WT_CAUSE_TSO, NULL},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  check_done();
}

static void other_tolerances_move_the_line(void **state)
{
  static const struct {
    double tolerance, counter;
    enum wt_verdict verdict;
  } rows[] = {
      {0.05, 95001, WT_VERDICT_AGREES},   {0.05, 94999, WT_VERDICT_UNDER_REPORTS},
      {0.05, 104999, WT_VERDICT_AGREES},  {0.05, 105001, WT_VERDICT_OVER_REPORTS},
      {0.0001, 99991, WT_VERDICT_AGREES}, {0.0001, 99989, WT_VERDICT_UNDER_REPORTS},
      {0.5, 50001, WT_VERDICT_AGREES},    {0.5, 49999, WT_VERDICT_UNDER_REPORTS},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_limits other = {.tolerance = rows[i].tolerance, .least_frames = 1000};
    const struct wt_facts facts = facts_of(RX);
    const struct wt_window window = window_of(100000, 100000, rows[i].counter);
    struct wt_finding finding;
    char name[64];

    snprintf(name, sizeof(name), "tolerance %g, counter %g", rows[i].tolerance, rows[i].counter);
    wt_diverge(&window, &facts, &other, NULL, &finding);
    check_text(name, wt_verdict_name(finding.counter.verdict), wt_verdict_name(rows[i].verdict));
  }
  check_done();
}

static void a_lag_is_allowed_for(void **state)
{
  static const struct row rows[] = {
      {"behind by less than the lag", RX, 100000, 100000, 95000, 0, 6000, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN, LAG},
      {"behind by what lag and tolerance allow", RX, 100000, 100000, 93000, 0, 6000, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN,
       LAG},
      {"behind by more", RX, 100000, 100000, 92999, 0, 6000, UNDER, A, NOT_TOLD, WT_CAUSE_UNKNOWN, NULL},
      {"ahead by less than the lag", RX, 100000, 100000, 106000, 0, 6000, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN, LAG},
      {"ahead by what lag and tolerance allow", RX, 100000, 100000, 107000, 0, 6000, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN,
       LAG},
      {"ahead by more", RX, 100000, 100000, 107001, 0, 6000, OVER, A, NOT_TOLD, WT_CAUSE_UNKNOWN, NULL},
      {"a lag that is none", RX, 100000, 100000, 99500, 0, 6000, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"the whole window is young", RX, 100000, 100000, 0, 0, 100000, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN, LAG},
      {"merged, and no lag explains it", TX, 5000, 100000, 5000, 0, 20000, UNDER, UNDER, PACKET, WT_CAUSE_TSO, NULL},
      {"tx behind by less than the lag", TX, 100000, 100000, 95000, 0, 6000, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN, LAG},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  check_done();
}

/* On transmit a driver may drop what the tap saw, or be handed it twice: no verdict on the counter. */
static void fewer_counted_than_tapped(void **state)
{
  static const struct row rows[] = {
      {"tx, plain", TX, 100000, 100000, 90000, 0, 0, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN, FEWER},
      {"rx, plain", RX, 100000, 100000, 90000, 0, 0, UNDER, A, NOT_TOLD, WT_CAUSE_UNKNOWN, NULL},
      {"tx, merged", TX, 5000, 100000, 4000, 0, 0, U, UNDER, NOT_TOLD, WT_CAUSE_TSO, FEWER},
      {"tx, merged, as many", TX, 5000, 100000, 4951, 0, 0, UNDER, UNDER, PACKET, WT_CAUSE_TSO, NULL},
      {"tx, nothing counted", TX, 100000, 100000, 0, 0, 0, U, A, NOT_TOLD, WT_CAUSE_UNKNOWN, FEWER},
      {"rx, nothing counted", RX, 100000, 100000, 0, 0, 0, UNDER, A, NOT_TOLD, WT_CAUSE_UNKNOWN, NULL},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  check_done();
}

/* ---- bounds ---------------------------------------------------------------------------------------------------- */

static void bounds_have_to_exclude_the_tolerance(void **state)
{
  static const struct {
    const char *name;
    double packets, frames, counter, frames_error, hidden_error, packets_error;
    int counter_verdict, capture_verdict, basis;
  } rows[] = {
      {"agrees, well inside", 100000, 100000, 100000, 500, 500, 500, A, A, NOT_TOLD},
      {"agrees, at the edge", 100000, 100000, 100000, 990, 990, 990, A, A, NOT_TOLD},
      {"bounds reach across", 100000, 100000, 100000, 1100, 1100, 1100, U, U, NOT_TOLD},
      {"counter below, bounds reach across", 100000, 100000, 98800, 500, 500, 500, U, A, NOT_TOLD},
      {"counter below, bounds exclude", 100000, 100000, 98000, 500, 500, 500, UNDER, A, NOT_TOLD},
      {"counter above, bounds exclude", 100000, 100000, 102000, 500, 500, 500, OVER, A, NOT_TOLD},
      {"counter above, bounds reach across", 100000, 100000, 101200, 500, 500, 500, U, A, NOT_TOLD},
      {"merged, the frames uncertain, the hidden ones not", 95000, 100000, 95000, 3000, 100, 3000, UNDER, UNDER,
       PACKET},
      {"merged about the tolerance", 99000, 100000, 100000, 100, 300, 100, A, U, NOT_TOLD},
      {"merged a little, surely", 98500, 100000, 100000, 100, 300, 100, A, UNDER, NOT_TOLD},
      {"merged a little less, surely", 99500, 100000, 100000, 100, 300, 100, A, A, NOT_TOLD},
      {"too rough for a basis", 97000, 100000, 98500, 2000, 900, 2000, U, UNDER, NOT_TOLD},
      {"rough, but merged a lot: packets", 5000, 100000, 5000, 20000, 20000, 500, UNDER, UNDER, PACKET},
      {"rough, but merged a lot: wire", 5000, 100000, 100000, 20000, 20000, 500, U, UNDER, WIRE},
      {"rough, but merged a lot: mixed", 5000, 100000, 50000, 20000, 20000, 500, UNDER, UNDER, MIXED},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_facts facts = facts_of(RX);
    struct wt_window window = window_of(rows[i].packets, rows[i].frames, rows[i].counter);
    struct wt_finding finding;

    window.frames_low -= rows[i].frames_error;
    window.frames_high += rows[i].frames_error;
    window.packets_low -= rows[i].packets_error;
    window.packets_high += rows[i].packets_error;
    window.hidden_low = fmax(window.hidden_low - rows[i].hidden_error, 0);
    window.hidden_high += rows[i].hidden_error;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(rows[i].name, wt_verdict_name(finding.counter.verdict),
               wt_verdict_name((enum wt_verdict)rows[i].counter_verdict));
    check_text(rows[i].name, wt_verdict_name(finding.capture.verdict),
               wt_verdict_name((enum wt_verdict)rows[i].capture_verdict));
    check_text(rows[i].name, wt_basis_name(finding.basis), wt_basis_name((enum wt_basis)rows[i].basis));
    check_reason(rows[i].name, &finding.counter, "bounds of the estimate");
    check_reason(rows[i].name, &finding.capture, "bounds of the estimate");
  }
  check_done();
}

/* An accusation needs more than the bounds: they fail once in twenty times. Agreement does not. */
static void an_accusation_survives_the_doubt(void **state)
{
  static const struct {
    const char *name;
    double packets, frames, counter, frames_doubt, hidden_doubt;
    int counter_verdict, capture_verdict;
  } rows[] = {
      {"no doubt", 90000, 100000, 98000, 0, 0, UNDER, UNDER},
      {"doubt about the frames, below", 90000, 100000, 98000, 1100, 0, U, UNDER},
      {"less of it", 90000, 100000, 98000, 900, 0, UNDER, UNDER},
      {"doubt about the frames, above", 90000, 100000, 102000, 1100, 0, U, UNDER},
      {"less of it", 90000, 100000, 102000, 900, 0, OVER, UNDER},
      {"doubt about the hidden", 90000, 100000, 98000, 0, 9100, UNDER, U},
      {"less of it", 90000, 100000, 98000, 0, 8900, UNDER, UNDER},
      {"doubt beyond everything", 90000, 100000, 98000, 1e6, 1e6, U, U},
      {"doubt does not keep from agreeing", 100000, 100000, 100000, 1e6, 1e6, A, A},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_facts facts = facts_of(RX);
    struct wt_window window = window_of(rows[i].packets, rows[i].frames, rows[i].counter);
    struct wt_finding finding;

    window.frames_doubt = rows[i].frames_doubt;
    window.hidden_doubt = rows[i].hidden_doubt;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(rows[i].name, wt_verdict_name(finding.counter.verdict),
               wt_verdict_name((enum wt_verdict)rows[i].counter_verdict));
    check_text(rows[i].name, wt_verdict_name(finding.capture.verdict),
               wt_verdict_name((enum wt_verdict)rows[i].capture_verdict));
    check_reason(rows[i].name, &finding.counter, "bounds of the estimate");
  }
  check_done();
}

/* Whatever the bounds hold may be the truth: a verdict that some of it contradicts is no verdict. */
static void a_verdict_holds_for_all_that_the_bounds_hold(void **state)
{
  const struct wt_facts facts = facts_of(RX);

  (void)state;
  for (int counter = 80000; counter <= 120000; counter += 250) {
    for (int error = 0; error <= 20000; error += 500) {
      struct wt_window window = window_of(100000, 100000, counter);
      struct wt_finding finding;
      char name[64];

      window.frames_low -= error;
      window.frames_high += error;
      wt_diverge(&window, &facts, &limits, NULL, &finding);
      snprintf(name, sizeof(name), "counter %d, error %d", counter, error);
      for (int step = -4; step <= 4; step++) {
        double truth = 100000 + error * step / 4.0, missing = (truth - counter) / truth;

        if (finding.counter.verdict == WT_VERDICT_AGREES)
          check(name, fabs(missing) <= 0.01 + 1e-9);
        if (finding.counter.verdict == WT_VERDICT_UNDER_REPORTS)
          check(name, missing > 0.01 - 1e-9);
        if (finding.counter.verdict == WT_VERDICT_OVER_REPORTS)
          check(name, missing < -0.01 + 1e-9);
      }
    }
  }
  check_done();
}

/* ---- no verdict ------------------------------------------------------------------------------------------------ */

static void too_few_frames_decide_nothing(void **state)
{
  static const double frames[] = {0, 1, 999};
  const struct wt_finding before = {
      .basis = WT_BASIS_PACKET, .octet_basis = WT_BASIS_WIRE, .octet_offset = -14, .octet_verdict = WT_VERDICT_AGREES};
  const struct wt_facts facts = facts_of(TX);
  struct wt_finding finding;
  struct wt_window window;

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(frames); i++) {
    window = window_of(frames[i] / 2, frames[i], frames[i] / 2);
    wt_diverge(&window, &facts, &limits, &before, &finding);
    check("few", !finding.decided);
    check_int("few", finding.counter.verdict, WT_VERDICT_UNKNOWN);
    check_int("few", finding.capture.verdict, WT_VERDICT_UNKNOWN);
    check_contains("few", finding.counter.reason, "too few frames");
    check_contains("few", finding.capture.reason, "too few frames");
    check_near("few", finding.counter.ratio, frames[i] > 0 ? 0.5 : NAN, 1e-9);
    check_near("few", finding.capture.divergence, frames[i] > 0 ? 0.5 : NAN, 1e-9);
    check_near("few", finding.segments_per_packet, frames[i] > 0 ? 2 : NAN, 1e-9);
    check_int("few", finding.cause, WT_CAUSE_UNKNOWN);
    /* What was learned stays learned. */
    check_int("few", finding.basis, WT_BASIS_PACKET);
    check_int("few", finding.octet_basis, WT_BASIS_WIRE);
    check_int("few", finding.octet_offset, -14);
    check_int("few", finding.octet_verdict, WT_VERDICT_AGREES);
  }
  window = window_of(1000, 1000, 1000);
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check("enough", finding.decided && finding.counter.verdict == WT_VERDICT_AGREES);
  /* What passed the tap unseen is traffic, too. */
  window = window_of(1, 1, 1000);
  window.bypass = 999;
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check("enough with bypass", finding.decided && finding.cause == WT_CAUSE_BYPASS);
  check_done();
}

static void without_a_tap_there_is_no_verdict(void **state)
{
  const struct wt_finding before = {.basis = WT_BASIS_WIRE};
  const struct wt_facts facts = facts_of(RX | GRO);
  const struct wt_window window = {.counter = 100000, .counter_octets = 150000000};
  struct wt_finding finding;

  (void)state;
  wt_diverge(&window, &facts, &limits, &before, &finding);
  check("untapped", !finding.decided);
  check_int("counter", finding.counter.verdict, WT_VERDICT_UNKNOWN);
  check_int("capture", finding.capture.verdict, WT_VERDICT_UNKNOWN);
  check_contains("counter", finding.counter.reason, "only source");
  check_contains("capture", finding.capture.reason, "nothing was captured");
  check_near("counter", finding.counter.ratio, NAN, 0);
  check_near("counter", finding.counter.divergence, NAN, 0);
  check_near("capture", finding.capture.ratio, NAN, 0);
  check_near("segments", finding.segments_per_packet, NAN, 0);
  check_int("basis", finding.basis, WT_BASIS_WIRE);
  check_int("cause", finding.cause, WT_CAUSE_UNKNOWN);
  check_done();
}

static void a_blind_capture_is_unknown(void **state)
{
  static const struct row rows[] = {
      {"lo, one frame a packet", TX | BLIND, 100000, 100000, 100000, 0, 0, A, U, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"lo, merged", TX | BLIND, 5000, 100000, 5000, 0, 0, UNDER, U, PACKET, WT_CAUSE_TSO, NULL},
  };
  const struct wt_window window = window_of(100000, 100000, 100000);
  const struct wt_facts facts = facts_of(TX | BLIND);
  struct wt_finding finding;

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_near("ratio", finding.capture.ratio, NAN, 0);
  check_near("divergence", finding.capture.divergence, NAN, 0);
  check_contains("reason", finding.capture.reason, "loopback");
  check_done();
}

/* ---- facts prove nothing --------------------------------------------------------------------------------------- */

/* A verdict or basis that changes with a fact was read off it. */
static void verdicts_do_not_depend_on_facts(void **state)
{
  static const struct {
    double packets, frames, counter, bypass;
  } figures[] = {
      {100000, 100000, 100000, 0}, {5000, 100000, 5000, 0},    {5000, 100000, 100000, 0},   {5000, 100000, 50000, 0},
      {100, 100, 50100, 50000},    {100000, 100000, 50000, 0}, {100000, 100000, 120000, 0}, {500, 500, 500, 0},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(figures); i++) {
    for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
      struct wt_window window = window_of(figures[i].packets, figures[i].frames, figures[i].counter);
      const struct wt_facts none = facts_of(direction);
      struct wt_finding plain;

      window.bypass = figures[i].bypass;
      wt_diverge(&window, &none, &limits, NULL, &plain);
      for (int bits = 1; bits < FACT_COMBINATIONS; bits++) {
        const struct wt_facts facts = facts_of(bits * 2 | direction);
        struct wt_finding finding;
        char name[64];

        snprintf(name, sizeof(name), "figures %zu, %s, facts %#x", i, wt_direction_name(facts.direction),
                 (unsigned int)bits);
        wt_diverge(&window, &facts, &limits, NULL, &finding);
        check_int(name, finding.counter.verdict, plain.counter.verdict);
        check_int(name, finding.capture.verdict, plain.capture.verdict);
        check_int(name, finding.basis, plain.basis);
        check_int(name, finding.octet_basis, plain.octet_basis);
        check_int(name, finding.octet_verdict, plain.octet_verdict);
        check_int(name, finding.decided, plain.decided);
      }
    }
  }
  check_done();
}

/* Every feature on, every kind of device, and nothing was merged: nothing misreports, and nothing is to blame. */
static void facts_alone_are_no_finding(void **state)
{
  (void)state;
  for (int bits = 0; bits < FACT_COMBINATIONS; bits++) {
    for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
      const struct wt_facts facts = facts_of(bits * 2 | direction);
      const struct wt_window window = window_of(100000, 100000, 100000);
      struct wt_finding finding;
      char name[64];

      snprintf(name, sizeof(name), "%s, facts %#x", wt_direction_name(facts.direction), (unsigned int)bits);
      wt_diverge(&window, &facts, &limits, NULL, &finding);
      check_int(name, finding.counter.verdict, WT_VERDICT_AGREES);
      check_int(name, finding.capture.verdict, WT_VERDICT_AGREES);
      check_int(name, finding.basis, WT_BASIS_UNDETERMINED);
      check_int(name, finding.cause, WT_CAUSE_NONE);
    }
  }
  check_done();
}

/* The same facts, three verdicts: it is the figures that decide. */
static void the_same_facts_go_with_every_verdict(void **state)
{
  const struct wt_facts facts = facts_of(RX | GRO | VIRTUAL);
  static const struct {
    double packets, frames, counter;
    int counter_verdict, capture_verdict, cause;
  } rows[] = {
      {100000, 100000, 100000, A, A, WT_CAUSE_NONE},
      {5000, 100000, 100000, A, UNDER, WT_CAUSE_GRO},
      {5000, 100000, 5000, UNDER, UNDER, WT_CAUSE_VIRTUAL_LINK},
      {100000, 100000, 110000, OVER, A, WT_CAUSE_UNKNOWN},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_window window = window_of(rows[i].packets, rows[i].frames, rows[i].counter);
    struct wt_finding finding;
    char name[32];

    snprintf(name, sizeof(name), "row %zu", i);
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_int(name, finding.counter.verdict, rows[i].counter_verdict);
    check_int(name, finding.capture.verdict, rows[i].capture_verdict);
    check_int(name, finding.cause, rows[i].cause);
  }
  check_done();
}

/* ---- basis over windows ---------------------------------------------------------------------------------------- */

static void a_basis_is_kept_until_merged_traffic_tells_another(void **state)
{
  static const struct {
    const char *name;
    enum wt_basis before;
    double packets, frames, counter, bypass;
    enum wt_basis after;
  } rows[] = {
      {"nothing merged", WT_BASIS_WIRE, 100000, 100000, 100000, 0, WT_BASIS_WIRE},
      {"nothing merged", WT_BASIS_PACKET, 100000, 100000, 100000, 0, WT_BASIS_PACKET},
      {"nothing merged", WT_BASIS_MIXED, 100000, 100000, 100000, 0, WT_BASIS_MIXED},
      {"too little merged", WT_BASIS_PACKET, 98500, 100000, 100000, 0, WT_BASIS_PACKET},
      {"merged, the other", WT_BASIS_PACKET, 5000, 100000, 100000, 0, WT_BASIS_WIRE},
      {"merged, the other", WT_BASIS_WIRE, 5000, 100000, 5000, 0, WT_BASIS_PACKET},
      {"merged, neither", WT_BASIS_WIRE, 5000, 100000, 50000, 0, WT_BASIS_MIXED},
      /* What it has more may have passed the tap unseen. */
      {"merged, more than the packets it counted", WT_BASIS_PACKET, 5000, 100000, 50000, 0, WT_BASIS_PACKET},
      {"merged, less than packets", WT_BASIS_WIRE, 5000, 100000, 1000, 0, WT_BASIS_WIRE},
      {"merged, more than frames", WT_BASIS_PACKET, 5000, 100000, 120000, 0, WT_BASIS_PACKET},
      {"past the tap", WT_BASIS_PACKET, 5000, 100000, 100000, 95000, WT_BASIS_PACKET},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_facts facts = facts_of(RX);
    const struct wt_finding before = {.basis = rows[i].before};
    struct wt_window window = window_of(rows[i].packets, rows[i].frames, rows[i].counter);
    struct wt_finding finding;

    window.bypass = rows[i].bypass;
    wt_diverge(&window, &facts, &limits, &before, &finding);
    check_text(rows[i].name, wt_basis_name(finding.basis), wt_basis_name(rows[i].after));
  }
  check_done();
}

/* ---- octets ---------------------------------------------------------------------------------------------------- */

static void check_octets(const char *name, const struct wt_window *window, enum wt_basis basis, int offset,
                         enum wt_verdict verdict)
{
  const struct wt_facts facts = facts_of(RX);
  struct wt_finding finding;

  wt_diverge(window, &facts, &limits, NULL, &finding);
  check_text(name, wt_basis_name(finding.octet_basis), wt_basis_name(basis));
  if (basis != WT_BASIS_UNDETERMINED)
    check_int(name, finding.octet_offset, offset);
  check_text(name, wt_verdict_name(finding.octet_verdict), wt_verdict_name(verdict));
}

static const int offsets[] = {0, -14, -18, 4};

/* Two frames a packet: the replicated headers are 2.2 % of the octets, and every offset is far from the next. */
static void octets_are_fitted_on_both_bases(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(offsets); i++) {
    struct wt_window window = window_of(50000, 100000, 100000);
    char name[64];

    snprintf(name, sizeof(name), "wire %+d", offsets[i]);
    window.counter_octets = window.octets + offsets[i] * window.frames;
    check_octets(name, &window, WT_BASIS_WIRE, offsets[i], WT_VERDICT_AGREES);
    window.octets_slack = 20000;
    window.counter_octets += 15000;
    check_octets(name, &window, WT_BASIS_WIRE, offsets[i], WT_VERDICT_AGREES);

    snprintf(name, sizeof(name), "packet %+d", offsets[i]);
    window = window_of(50000, 100000, 50000);
    window.counter_octets = window.packet_octets + offsets[i] * window.packets;
    check_octets(name, &window, WT_BASIS_PACKET, offsets[i], WT_VERDICT_UNDER_REPORTS);
  }
  check_done();
}

/* Of packets of one frame an offset explains the figure, but not which way of counting it is. */
static void octets_of_plain_frames_agree_and_prove_nothing(void **state)
{
  static const int sizes[] = {64, 590, 1514};

  (void)state;
  for (size_t size = 0; size < CHECK_COUNT(sizes); size++) {
    for (size_t i = 0; i < CHECK_COUNT(offsets); i++) {
      struct wt_window window = window_of(100000, 100000, 100000);
      char name[64];

      snprintf(name, sizeof(name), "frames of %d, %+d", sizes[size], offsets[i]);
      window.octets = window.packet_octets = 100000.0 * sizes[size];
      window.counter_octets = window.octets + offsets[i] * 100000.0;
      check_octets(name, &window, WT_BASIS_UNDETERMINED, 0, WT_VERDICT_AGREES);
    }
  }
  check_done();
}

static void octets_that_fit_nothing_get_no_basis(void **state)
{
  static const struct {
    const char *name;
    double packets, frames, share, slack;
    enum wt_verdict verdict;
  } rows[] = {
      {"merged, far off", 50000, 100000, 0.8, 0, WT_VERDICT_UNKNOWN},
      {"merged, far above", 50000, 100000, 1.2, 0, WT_VERDICT_UNKNOWN},
      {"plain, far off", 100000, 100000, 0.8, 0, WT_VERDICT_UNKNOWN},
      {"merged, unexplained but within the tolerance", 50000, 100000, 0.995, 0, WT_VERDICT_AGREES},
      {"plain, unexplained but within the tolerance", 100000, 100000, 0.995, 0, WT_VERDICT_AGREES},
      /* Slack lets every offset fit: that is no fit. */
      {"merged, read too far apart", 50000, 100000, 1, 5e6, WT_VERDICT_UNKNOWN},
      {"plain, read too far apart", 100000, 100000, 1, 5e6, WT_VERDICT_UNKNOWN},
      {"merged, read a little apart", 50000, 100000, 1, 1e6, WT_VERDICT_AGREES},
      {"plain, read a little apart", 100000, 100000, 1, 1e6, WT_VERDICT_AGREES},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = window_of(rows[i].packets, rows[i].frames, rows[i].frames);

    window.counter_octets = rows[i].share * window.octets;
    window.octets_slack = rows[i].slack;
    check_octets(rows[i].name, &window, WT_BASIS_UNDETERMINED, 0, rows[i].verdict);
  }
  check_done();
}

/* A counter may count frames by wire and octets by aggregate, and the other way round. */
static void octets_have_a_basis_of_their_own(void **state)
{
  const struct wt_facts facts = facts_of(RX);
  struct wt_window window = window_of(50000, 100000, 100000);
  struct wt_finding finding;

  (void)state;
  window.counter_octets = window.packet_octets;
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_int("frames by wire", finding.basis, WT_BASIS_WIRE);
  check_int("octets by packet", finding.octet_basis, WT_BASIS_PACKET);
  check_int("frames by wire", finding.counter.verdict, WT_VERDICT_AGREES);
  check_int("octets by packet", finding.octet_verdict, WT_VERDICT_UNDER_REPORTS);

  window = window_of(50000, 100000, 50000);
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_int("frames by packet", finding.basis, WT_BASIS_PACKET);
  check_int("octets by wire", finding.octet_basis, WT_BASIS_WIRE);
  check_int("octets by wire", finding.octet_verdict, WT_VERDICT_AGREES);
  check_done();
}

static void octets_learned_before_are_kept(void **state)
{
  static const struct {
    const char *name;
    double packets, bypass;
  } rows[] = {{"nothing merged", 100000, 0}, {"past the tap", 50000, 20000}};
  const struct wt_finding before = {
      .octet_basis = WT_BASIS_PACKET, .octet_offset = -14, .octet_verdict = WT_VERDICT_UNDER_REPORTS};
  const struct wt_facts facts = facts_of(RX);

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = window_of(rows[i].packets, 100000, 100000);
    struct wt_finding finding;

    window.bypass = rows[i].bypass;
    wt_diverge(&window, &facts, &limits, &before, &finding);
    check_int(rows[i].name, finding.octet_basis, WT_BASIS_PACKET);
    check_int(rows[i].name, finding.octet_offset, -14);
    /* A window with traffic of one frame a packet has a verdict of its own. */
    check_int(rows[i].name, finding.octet_verdict, rows[i].bypass > 0 ? WT_VERDICT_UNDER_REPORTS : WT_VERDICT_AGREES);
  }
  check_done();
}

/* 40 frames a packet, as TSO makes them: 4 octets a packet are little, but no tolerance of theirs blurs them. */
static void octets_of_large_packets_are_told_apart(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(offsets); i++) {
    struct wt_window window = window_of(5000, 200000, 5000);
    char name[32];

    snprintf(name, sizeof(name), "packet %+d", offsets[i]);
    window.counter_octets = window.packet_octets + offsets[i] * window.packets;
    check_octets(name, &window, WT_BASIS_PACKET, offsets[i], WT_VERDICT_UNDER_REPORTS);
    window.counter_octets = window.octets + offsets[i] * window.frames;
    snprintf(name, sizeof(name), "wire %+d", offsets[i]);
    check_octets(name, &window, WT_BASIS_WIRE, offsets[i], WT_VERDICT_AGREES);
  }
  check_done();
}

/* With headers of 42 octets (UDP) a packet of two frames and 4 octets more looks like two frames, each 19 less: what
 * both ways of counting explain tells neither. */
static void octets_that_fit_both_ways_get_no_basis(void **state)
{
  struct wt_window window = window_of(50000, 100000, 50000);

  (void)state;
  window.packet_octets = window.octets - 50000.0 * 42;
  window.counter_octets = window.packet_octets + 50000.0 * 4;
  check_octets("both", &window, WT_BASIS_UNDETERMINED, 0, WT_VERDICT_UNKNOWN);
  /* Beside another offset it is clear. */
  window.counter_octets = window.packet_octets - 50000.0 * 14;
  check_octets("packet", &window, WT_BASIS_PACKET, -14, WT_VERDICT_UNDER_REPORTS);
  check_done();
}

/* What lies between two offsets is neither of them. */
static void octets_between_two_offsets_fit_none(void **state)
{
  static const double between[] = {-50, -24, -16, -7, 2, 8, 30};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(between); i++) {
    struct wt_window window = window_of(50000, 100000, 100000);
    char name[32];

    snprintf(name, sizeof(name), "wire %+g", between[i]);
    window.counter_octets = window.octets + between[i] * window.frames;
    check_octets(name, &window, WT_BASIS_UNDETERMINED, 0,
                 fabs(between[i]) * 100 <= FRAME ? WT_VERDICT_AGREES : WT_VERDICT_UNKNOWN);
  }
  check_done();
}

/* Without a tap a queue sent 20,000 frames, half of them of 1514 octets and half of 66, of which the driver dropped the
 * small ones: few octets are missing, but no counted unit is longer than a frame. */
static void dropped_small_frames_are_no_merging(void **state)
{
  struct wt_facts facts = {.direction = WT_TX, .source = WT_SOURCE_SAMPLE, .longest_frame = 1522};
  struct wt_window window = {
      .witnessed = true,
      .frames = 20000,
      .frames_low = 20000,
      .frames_high = INFINITY,
      .octets = 10000 * 1514.0 + 10000 * 66.0,
      .counter = 10000,
      .counter_octets = 10000 * 1514.0,
  };
  struct wt_finding finding;

  (void)state;
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_text("dropped", wt_verdict_name(finding.counter.verdict), "unknown");
  check_contains("dropped", finding.counter.reason, "dropped by the driver");
  /* As many octets in units that are longer than any frame were merged. */
  window.counter = 500;
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_text("merged", wt_verdict_name(finding.counter.verdict), "under-reports");
  check_done();
}

/* ---- tags outside the packet ----------------------------------------------------------------------------------- */

enum { NO_TAGS = WT_TAGS_UNKNOWN, COUNTED = WT_TAGS_COUNTED, LEFT_OUT = WT_TAGS_LEFT_OUT, SHARES = 4 };

/* What is found of a counter: a basis of its own where packets were merged, or none. */
struct found {
  bool fits;
  int offset, tags;
};

/* With so many of ten units tagged. */
static const int tagged_of_ten[SHARES] = {0, 1, 5, 10};

static const struct {
  int offset, tags; /* what the counter does */
  struct found found[SHARES];
} tag_rows[] = {
    {0, COUNTED, {{true, 0, NO_TAGS}, {true, 0, NO_TAGS}, {true, 0, COUNTED}, {true, 0, COUNTED}}},
    {0, LEFT_OUT, {{true, 0, NO_TAGS}, {true, 0, NO_TAGS}, {true, 0, LEFT_OUT}, {true, 0, LEFT_OUT}}},
    {-14, COUNTED, {{true, -14, NO_TAGS}, {true, -14, NO_TAGS}, {true, -14, COUNTED}, {true, -14, COUNTED}}},
    {-14, LEFT_OUT, {{true, -14, NO_TAGS}, {true, -14, NO_TAGS}, {true, -14, LEFT_OUT}, {true, -14, LEFT_OUT}}},
    /* Header and tag left out of every packet, each with a tag: the same as the header left out, and tags. */
    {-18, COUNTED, {{true, -18, NO_TAGS}, {true, -18, NO_TAGS}, {true, -18, COUNTED}, {true, -14, LEFT_OUT}}},
    /* Nobody is known to leave a tag out twice. */
    {-18, LEFT_OUT, {{true, -18, NO_TAGS}, {true, -18, NO_TAGS}, {false, 0, NO_TAGS}, {false, 0, NO_TAGS}}},
    {4, COUNTED, {{true, 4, NO_TAGS}, {true, 4, NO_TAGS}, {true, 4, COUNTED}, {true, 4, COUNTED}}},
    /* The check sequence in and the tag out are the same where every packet has one. */
    {4, LEFT_OUT, {{true, 4, NO_TAGS}, {true, 4, NO_TAGS}, {true, 4, LEFT_OUT}, {true, 0, COUNTED}}},
};

/* Wire octets have a tag a frame, packet octets one a packet. */
static struct wt_window tagged_window(double packets, double frames, int of_ten, enum wt_basis basis, size_t row)
{
  struct wt_window window = window_of(packets, frames, basis == WT_BASIS_WIRE ? frames : packets);
  double units = basis == WT_BASIS_WIRE ? frames : packets;

  window.tagged = frames * of_ten / 10;
  window.tagged_packets = packets * of_ten / 10;
  window.octets += 4 * window.tagged;
  window.packet_octets += 4 * window.tagged_packets;
  window.counter_octets = (basis == WT_BASIS_WIRE ? window.octets : window.packet_octets) +
                          tag_rows[row].offset * units - (tag_rows[row].tags == LEFT_OUT ? 4 * units * of_ten / 10 : 0);
  return window;
}

static void tags_of_merged_packets_are_told(void **state)
{
  static const enum wt_basis bases[] = {WT_BASIS_WIRE, WT_BASIS_PACKET};
  const struct wt_facts facts = facts_of(RX);

  (void)state;
  for (size_t row = 0; row < CHECK_COUNT(tag_rows); row++) {
    for (int share = 0; share < SHARES; share++) {
      for (size_t i = 0; i < CHECK_COUNT(bases); i++) {
        const struct found *found = &tag_rows[row].found[share];
        struct wt_window window = tagged_window(50000, 100000, tagged_of_ten[share], bases[i], row);
        struct wt_finding finding;
        char name[96];

        snprintf(name, sizeof(name), "%s %+d, tags %s, %d of 10 tagged", wt_basis_name(bases[i]), tag_rows[row].offset,
                 tag_rows[row].tags == COUNTED ? "counted" : "left out", tagged_of_ten[share]);
        wt_diverge(&window, &facts, &limits, NULL, &finding);
        check_text(name, wt_basis_name(finding.octet_basis),
                   wt_basis_name(found->fits ? bases[i] : WT_BASIS_UNDETERMINED));
        check_int(name, finding.octet_offset, found->offset);
        check_int(name, finding.octet_tags, found->tags);
        if (found->fits)
          check_text(name, wt_verdict_name(finding.octet_verdict),
                     bases[i] == WT_BASIS_WIRE ? "agrees" : "under-reports");
      }
    }
  }
  check_done();
}

/* Of packets of one frame nothing tells the basis, and so no offset; but tags are counted or not. */
static void tags_of_plain_frames_are_told(void **state)
{
  const struct wt_facts facts = facts_of(RX);

  (void)state;
  for (size_t row = 0; row < CHECK_COUNT(tag_rows); row++) {
    for (int share = 0; share < SHARES; share++) {
      const struct found *found = &tag_rows[row].found[share];
      struct wt_window window = tagged_window(100000, 100000, tagged_of_ten[share], WT_BASIS_WIRE, row);
      struct wt_finding finding;
      char name[96];

      snprintf(name, sizeof(name), "%+d, tags %s, %d of 10 tagged", tag_rows[row].offset,
               tag_rows[row].tags == COUNTED ? "counted" : "left out", tagged_of_ten[share]);
      wt_diverge(&window, &facts, &limits, NULL, &finding);
      check_text(name, wt_basis_name(finding.octet_basis), "undetermined");
      check_int(name, finding.octet_tags, found->tags);
      check_text(name, wt_verdict_name(finding.octet_verdict), found->fits ? "agrees" : "unknown");
    }
  }
  check_done();
}

/* A quarter of the units, at least, has to be tagged; and the bracketing must leave less open than the tags make. */
static void tags_that_make_no_difference_are_unknown(void **state)
{
  static const struct {
    const char *name;
    double tagged, slack;
    enum wt_octet_tags tags;
  } rows[] = {
      {"none", 0, 0, WT_TAGS_UNKNOWN},
      {"a quarter", 25000, 0, WT_TAGS_UNKNOWN},
      {"more than a quarter", 25001, 0, WT_TAGS_LEFT_OUT},
      {"half, read a little apart", 50000, 99999, WT_TAGS_LEFT_OUT},
      {"half, read too far apart", 50000, 100000, WT_TAGS_UNKNOWN},
  };
  const struct wt_facts facts = facts_of(RX);

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = window_of(100000, 100000, 100000);
    struct wt_finding finding;

    window.tagged = window.tagged_packets = rows[i].tagged;
    window.octets += 4 * rows[i].tagged;
    window.packet_octets = window.octets;
    window.counter_octets = window.octets - 4 * rows[i].tagged;
    window.octets_slack = rows[i].slack;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_int(rows[i].name, finding.octet_tags, rows[i].tags);
  }
  check_done();
}

/* The cause of a difference that nothing but the tags makes, where it is more than the tolerance. */
static void tags_are_a_cause_only_where_no_frame_is_missing(void **state)
{
  static const struct {
    const char *name;
    double packets, octets; /* of 100,000 frames */
    double tagged, left_out;
    enum wt_cause cause;
  } rows[] = {
      {"small frames, left out", 100000, 10000000, 100000, 100000, WT_CAUSE_VLAN_OFFLOAD},
      {"a part of them", 100000, 10000000, 30000, 30000, WT_CAUSE_VLAN_OFFLOAD},
      {"counted", 100000, 10000000, 100000, 0, WT_CAUSE_NONE},
      {"just the tolerance", 100000, 40000000, 100000, 100000, WT_CAUSE_NONE},
      {"a little more than it", 100000, 39999000, 100000, 100000, WT_CAUSE_VLAN_OFFLOAD},
      {"full frames", 100000, 151400000, 100000, 100000, WT_CAUSE_NONE},
      {"merged behind the counter", 2500, 10000000, 100000, 100000, WT_CAUSE_GRO},
      {"no tags, and as much is missing", 100000, 10000000, 0, 100000, WT_CAUSE_NONE},
  };
  struct wt_facts facts = facts_of(RX);

  (void)state;
  facts.gro = true;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = window_of(rows[i].packets, 100000, 100000);
    struct wt_finding finding;

    window.octets = window.packet_octets = rows[i].octets;
    window.tagged = rows[i].tagged;
    window.tagged_packets = rows[i].tagged * rows[i].packets / 100000;
    window.counter_octets = rows[i].octets - 4 * rows[i].left_out;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(rows[i].name, wt_cause_name(finding.cause), wt_cause_name(rows[i].cause));
    if (rows[i].tagged > 0 && rows[i].packets == 100000)
      check_text(rows[i].name, wt_verdict_name(finding.octet_verdict), "agrees");
  }
  check_done();
}

/* Nearly all are tagged, and the counter was read at a moment that makes the rarer way the nearer one. */
static void the_moment_of_reading_prefers_no_way(void **state)
{
  const struct wt_facts facts = facts_of(RX);
  struct wt_window window = window_of(50000, 100000, 100000);
  struct wt_finding finding;

  (void)state;
  window.tagged = 95000;
  window.tagged_packets = 47500;
  window.octets += 4 * window.tagged;
  window.packet_octets += 4 * window.tagged_packets;
  window.octets_slack = 30000;
  window.counter_octets = window.octets - 14 * window.frames - 4 * window.tagged - 20000;
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_text("basis", wt_basis_name(finding.octet_basis), "wire");
  check_int("offset", finding.octet_offset, -14);
  check_int("tags", finding.octet_tags, WT_TAGS_LEFT_OUT);
  check_done();
}

static void tags_learned_before_are_kept(void **state)
{
  const struct wt_finding before = {
      .octet_basis = WT_BASIS_PACKET, .octet_offset = -14, .octet_tags = WT_TAGS_LEFT_OUT};
  const struct wt_facts facts = facts_of(RX);
  struct wt_window window = window_of(100000, 100000, 100000);
  struct wt_finding finding;

  (void)state;
  wt_diverge(&window, &facts, &limits, &before, &finding);
  check_int("without tags", finding.octet_tags, WT_TAGS_LEFT_OUT);
  check_int("without tags", finding.octet_offset, -14);
  window = window_of(1, 1, 1);
  wt_diverge(&window, &facts, &limits, &before, &finding);
  check_int("too few frames", finding.octet_tags, WT_TAGS_LEFT_OUT);
  check_done();
}

/* ---- without a tap, beside a witness --------------------------------------------------------------------------- */

static struct wt_window witnessed_window(double frames, double octets, double counter, double counter_octets)
{
  return (struct wt_window){.frames = frames,
                            .frames_low = frames - 256,
                            .frames_high = frames + 256,
                            .octets = octets,
                            .counter = counter,
                            .counter_octets = counter_octets,
                            .witnessed = true};
}

/* One merged frame takes its headers along, 160 octets at the most; a dropped one everything. */
static void missing_octets_tell_what_was_dropped(void **state)
{
  static const double all = 100000.0 * FRAME;
  static const struct {
    const char *name;
    double octets, counter, counter_octets;
    int verdict;
  } rows[] = {
      {"nothing missing", all, 100000, all, A},
      {"within the tolerance", all, 99300, 99300.0 * FRAME, A},
      {"merged, headers missing", all, 5000, all - 95000.0 * HEADERS, UNDER},
      {"merged, no octets missing", all, 5000, all, UNDER},
      {"merged, a tunnel's headers missing", all, 5000, all - 95000.0 * 160, UNDER},
      {"more missing than headers", all, 5000, all - 95000.0 * 161, U},
      {"dropped", all, 5000, 5000.0 * FRAME, U},
      {"short frames, merged", 100000.0 * 319, 5000, 100000.0 * 319 - 95000.0 * HEADERS, U},
      {"frames just long enough, merged", 100000.0 * 320, 5000, 100000.0 * 320 - 95000.0 * HEADERS, UNDER},
      {"octets unknown", 0, 5000, all, U},
      {"more counted", all, 110000, 110000.0 * FRAME, OVER},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
      const struct wt_facts facts = facts_of(direction);
      struct wt_window window = witnessed_window(100000, rows[i].octets, rows[i].counter, rows[i].counter_octets);
      struct wt_finding finding;

      wt_diverge(&window, &facts, &limits, NULL, &finding);
      check_text(rows[i].name, wt_verdict_name(finding.counter.verdict),
                 wt_verdict_name((enum wt_verdict)rows[i].verdict));
      check_reason(rows[i].name, &finding.counter, direction == TX ? "left the queue" : "were received");
      check_text(rows[i].name, wt_verdict_name(finding.capture.verdict), "unknown");
      check_contains(rows[i].name, finding.capture.reason, "nothing was captured");
      check_text(rows[i].name, wt_basis_name(finding.basis), "undetermined");
      check_near(rows[i].name, finding.counter.ratio, rows[i].counter / 100000, 1e-9);
      check_near(rows[i].name, finding.segments_per_packet, NAN, 0);
      check(rows[i].name, finding.decided);
    }
  }
  check_done();
}

/* A discipline is the least that there was: the counter may be too low by it, and is never right by it. */
static void a_lower_bound_never_agrees(void **state)
{
  static const double counters[] = {0, 5000, 98000, 99000, 100000, 101000, 150000, 1e9};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(counters); i++) {
    const struct wt_facts facts = facts_of(TX);
    struct wt_window window = witnessed_window(100000, 100000.0 * FRAME, counters[i], 100000.0 * FRAME);
    struct wt_finding finding;
    char name[32];

    snprintf(name, sizeof(name), "counter %g", counters[i]);
    window.frames_high = INFINITY;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(name, wt_verdict_name(finding.counter.verdict), counters[i] < 98700 ? "under-reports" : "unknown");
    /* Behind by what may be on its way: not yet. */
    window.frames_low = 0;
    window.late = 100000;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(name, wt_verdict_name(finding.counter.verdict), "unknown");
  }
  check_done();
}

/* Frames past the tap that a witness has tell nothing of how the tap's packets are counted. */
static void what_a_witness_saw_alone_tells_no_basis(void **state)
{
  const struct wt_finding before = {.octet_basis = WT_BASIS_PACKET, .octet_offset = -14};

  (void)state;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_facts facts = facts_of(direction | GRO);
    struct wt_window window = window_of(100000, 100000, 150000);
    struct wt_finding finding;

    window.frames = window.frames_low = window.frames_high = 150000;
    window.hidden_low = window.hidden_high = 50000;
    window.counter_octets = 150000.0 * FRAME;
    window.unseen = 50000;
    window.witnessed = true;
    wt_diverge(&window, &facts, &limits, &before, &finding);
    check_text("basis", wt_basis_name(finding.basis), "undetermined");
    check_text("cause", wt_cause_name(finding.cause), "bypass");
    check_text("counter", wt_verdict_name(finding.counter.verdict), "agrees");
    check_text("capture", wt_verdict_name(finding.capture.verdict), "under-reports");
    check_int("octets as before", finding.octet_basis, WT_BASIS_PACKET);
    check_int("octets as before", finding.octet_offset, -14);
  }
  check_done();
}

/* ---- small doubts ---------------------------------------------------------------------------------------------- */

/* Frames that passed the tap unseen were counted: within the tolerance the counter has to be right with them in. */
static void what_passed_unseen_is_no_over_report(void **state)
{
  static const struct row rows[] = {
      {"tx", TX, 100000, 100000, 101005, 1005, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"rx", RX, 100000, 100000, 101009, 1009, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = window_of(rows[i].packets, rows[i].frames, rows[i].counter);
    const struct wt_facts facts = facts_of(rows[i].facts);
    struct wt_finding finding;

    window.bypass = rows[i].bypass;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_near(rows[i].name, finding.counter.divergence, 0, 1e-9);
    check_text(rows[i].name, wt_verdict_name(finding.counter.verdict), "agrees");
  }
  check_done();
}

/* Both signals agree: then there is nothing to name a cause of. */
static void a_stray_frame_is_no_cause(void **state)
{
  static const struct row rows[] = {
      {"one frame past the tap", TX, 100000, 100000, 100001, 1, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
      {"half the tolerance", RX, 100000, 100000, 100500, 500, 0, A, A, NOT_TOLD, WT_CAUSE_NONE, NULL},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  check_done();
}

/* A counter of frames that is behind can look like one of packets. What a lag explains is no evidence of a basis. */
static void a_lag_is_no_basis(void **state)
{
  static const struct row rows[] = {
      {"as many as packets", RX | GRO, 70000, 100000, 70000, 0, 40000, U, UNDER, NOT_TOLD, WT_CAUSE_UNKNOWN, LAG},
  };
  const struct wt_facts facts = facts_of(rows[0].facts);
  struct wt_window window = window_of(rows[0].packets, rows[0].frames, rows[0].counter);
  struct wt_finding finding;

  (void)state;
  window.late = rows[0].late;
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_text(rows[0].name, wt_verdict_name(finding.counter.verdict), "unknown");
  check_text(rows[0].name, wt_basis_name(finding.basis), "undetermined");
  check_done();
}

/* ---- from observations to a window ----------------------------------------------------------------------------- */

static struct wt_tally tally_of(uint64_t packets, uint64_t frames)
{
  return (struct wt_tally){
      .packets = packets,
      .packet_octets = frames * FRAME - (frames - packets) * HEADERS,
      .frames = frames,
      .frames_low = frames,
      .frames_high = frames,
      .octets = frames * FRAME,
      .octets_low = frames * FRAME,
      .octets_high = frames * FRAME,
      .hidden_tcp = frames - packets,
  };
}

static void a_window_is_bracketed_at_both_ends(void **state)
{
  const struct wt_observation from = {.tapped = true,
                                      .before = tally_of(1000, 3000),
                                      .after = tally_of(1010, 3100),
                                      .counter_packets = 5000,
                                      .counter_octets = 70000};
  const struct wt_observation to = {.tapped = true,
                                    .before = tally_of(2000, 9000),
                                    .after = tally_of(2020, 9200),
                                    .counter_packets = 11000,
                                    .counter_octets = 170000,
                                    .bypass_frames = 7,
                                    .bypass_octets = 700};
  const struct wt_observation between = {.tapped = true, .after = tally_of(1900, 8200)};
  struct wt_window window;

  (void)state;
  wt_window_between(&from, &to, NULL, &window);
  check("tapped", window.tapped);
  check_near("counter", window.counter, 6000, 0);
  check_near("counter octets", window.counter_octets, 100000, 0);
  check_near("packets", window.packets, 1010, 0);
  check_near("packets low", window.packets_low, 2000 - 1010, 0);
  check_near("packets high", window.packets_high, 2020 - 1000, 0);
  check_near("frames", window.frames, 6100, 0);
  check_near("frames low", window.frames_low, 9000 - 3100, 0);
  check_near("frames high", window.frames_high, 9200 - 3000, 0);
  /* Packets and frames come from the same reading: bracketing adds no doubt about what was hidden. */
  check_near("hidden low", window.hidden_low, 6100 - 1010, 0);
  check_near("hidden high", window.hidden_high, 6100 - 1010, 0);
  check_near("hidden TCP", window.hidden_tcp, 6100 - 1010, 0);
  check_near("octets", window.octets, 6100 * FRAME, 0);
  check_near("packet octets", window.packet_octets, 6100 * FRAME - 5090 * HEADERS, 0);
  check_near("octets slack", window.octets_slack, (100 + 200) * FRAME, 0);
  check_near("bypass", window.bypass, 7, 0);
  check_near("bypass octets", window.bypass_octets, 700, 0);
  check_near("late, nothing old enough", window.late, 6100, 0);
  wt_window_between(&from, &to, &between, &window);
  check_near("late", window.late, 1000, 0);
  wt_window_between(&from, &to, &to, &window);
  check_near("late, quiet since", window.late, 0, 0);
  check_done();
}

static void a_window_knows_the_errors_of_sampling(void **state)
{
  struct wt_observation from = {.tapped = true, .before = tally_of(100000, 150000), .after = tally_of(100000, 150000)};
  struct wt_observation to = {.tapped = true, .before = tally_of(200000, 450000), .after = tally_of(200000, 450000)};
  struct wt_window window;

  (void)state;
  from.after.packets_variance = 1e6;
  from.after.frames_variance = 2e6;
  from.after.hidden_variance = 3e6;
  from.after.octets_variance = 4e6;
  from.after.unseen = 1e9; /* of an earlier interval: only the last one's counts */
  to.after.packets_variance = 1e6 + 10000;
  to.after.frames_variance = 2e6 + 40000;
  to.after.hidden_variance = 3e6 + 90000;
  to.after.octets_variance = 4e6 + 160000;
  to.after.unseen = 48;
  to.after.unseen_octets = 72000;
  to.before = to.after;
  from.before = from.after;
  wt_window_between(&from, &to, NULL, &window);
  check_near("packets low", window.packets_low, 100000 - 1.96 * 100, 1e-6);
  check_near("packets high", window.packets_high, 100000 + 1.96 * 100 + 48, 1e-6);
  check_near("frames low", window.frames_low, 300000 - 1.96 * 200, 1e-6);
  check_near("frames high", window.frames_high, 300000 + 1.96 * 200 + 48, 1e-6);
  check_near("hidden low", window.hidden_low, 200000 - 1.96 * 300, 1e-6);
  check_near("hidden high", window.hidden_high, 200000 + 1.96 * 300 + 48, 1e-6);
  check_near("octets slack", window.octets_slack, 1.96 * 400 + 72000, 1e-6);
  /* Five standard errors in all, before anything is accused. */
  check_near("frames doubt", window.frames_doubt, (5 - 1.96) * 200, 1e-6);
  check_near("hidden doubt", window.hidden_doubt, (5 - 1.96) * 300, 1e-6);

  /* The doubt about the frames in a packet comes on top. */
  to.after.frames_low = to.before.frames_low = 440000;
  to.after.frames_high = to.before.frames_high = 480000;
  wt_window_between(&from, &to, NULL, &window);
  check_near("frames low", window.frames_low, 290000 - 1.96 * 200, 1e-6);
  check_near("frames high", window.frames_high, 330000 + 1.96 * 200 + 48, 1e-6);
  check_near("hidden low", window.hidden_low, 190000 - 1.96 * 300, 1e-6);
  check_near("hidden high", window.hidden_high, 230000 + 1.96 * 300 + 48, 1e-6);

  /* An error larger than the figure does not make it negative. */
  to.after.packets_variance = to.after.frames_variance = to.after.hidden_variance = 1e14;
  wt_window_between(&from, &to, NULL, &window);
  check_near("packets low", window.packets_low, 0, 0);
  check_near("frames low", window.frames_low, 0, 0);
  check_near("hidden low", window.hidden_low, 0, 0);
  check_done();
}

/* Where the frames of a packet are in doubt, so are the headers that cutting replicates. */
static void a_window_knows_the_doubt_about_octets(void **state)
{
  const struct wt_observation from = {.tapped = true};
  struct wt_observation to = {.tapped = true, .after = tally_of(100000, 300000)};
  struct wt_window window;

  (void)state;
  to.after.octets_low -= 100000;
  to.after.octets_high += 5000000;
  to.before = to.after;
  wt_window_between(&from, &to, NULL, &window);
  check("slack", window.octets_slack >= 5000000);
  check_done();
}

static void a_window_is_tapped_at_both_ends_or_not(void **state)
{
  (void)state;
  for (int bits = 0; bits < 4; bits++) {
    const struct wt_observation from = {.tapped = bits & 1, .counter_packets = 10, .after = tally_of(10, 10)};
    const struct wt_observation to = {.tapped = bits & 2, .counter_packets = 30, .after = tally_of(30, 30)};
    struct wt_window window;

    wt_window_between(&from, &to, NULL, &window);
    check_int("tapped", window.tapped, bits == 3);
    check_near("the counter is there anyway", window.counter, 20, 0);
    if (bits != 3)
      check_near("nothing of the tap", window.frames, 0, 0);
  }
  check_done();
}

/* A lost sample stands for so many at most, and perhaps for none. */
static void a_window_has_room_for_lost_samples(void **state)
{
  struct wt_observation from = {.tapped = true}, to = {.tapped = true, .after = tally_of(100000, 150000)};
  struct wt_window none, some;

  (void)state;
  from.after.lost_packets = to.after.lost_packets = 10; /* earlier ones do not matter */
  from.after.lost_frames = to.after.lost_frames = 100;
  from.after.lost_octets = to.after.lost_octets = 10000;
  from.before = from.after;
  to.before = to.after;
  wt_window_between(&from, &to, &to, &none);
  check_near("none lost", none.frames_high, 150000, 0);
  to.after.lost_packets += 1000;
  to.after.lost_frames += 5000;
  to.after.lost_octets += 600000;
  to.before = to.after;
  wt_window_between(&from, &to, &to, &some);
  check_near("frames", some.frames, none.frames, 0);
  check_near("frames low", some.frames_low, none.frames_low, 0);
  check_near("frames high", some.frames_high, none.frames_high + 5000, 0);
  check_near("hidden low", some.hidden_low, none.hidden_low, 0);
  check_near("hidden high", some.hidden_high, none.hidden_high + 5000, 0);
  check_near("packets low", some.packets_low, none.packets_low - 1000, 0);
  check_near("packets high", some.packets_high, none.packets_high + 1000, 0);
  check_near("octets", some.octets_slack, none.octets_slack + 600000, 0);
  check_done();
}

/* What nothing is known of may have been anything: nothing bounds the estimate from above. */
static void a_window_with_a_gap_has_no_upper_bound(void **state)
{
  struct wt_observation from = {.tapped = true}, to = {.tapped = true, .after = tally_of(100000, 150000)};
  const struct wt_facts facts = facts_of(RX);
  struct wt_finding finding;
  struct wt_window window;

  (void)state;
  from.after.lost = from.before.lost = 5; /* earlier ones do not matter */
  to.after.lost = 5;
  to.before = to.after;
  to.counter_packets = 150000;
  wt_window_between(&from, &to, &to, &window);
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_int("none lost", finding.counter.verdict, WT_VERDICT_AGREES);
  to.after.lost = to.before.lost = 6;
  wt_window_between(&from, &to, &to, &window);
  check("frames", isinf(window.frames_high) && isinf(window.packets_high) && isinf(window.hidden_high));
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check_int("one lost", finding.counter.verdict, WT_VERDICT_UNKNOWN);
  check_int("one lost", finding.capture.verdict, WT_VERDICT_UNDER_REPORTS); /* more were hidden, if anything */
  to.counter_packets = 300000;
  wt_window_between(&from, &to, &to, &window);
  wt_diverge(&window, &facts, &limits, NULL, &finding);
  check("never too many", finding.counter.verdict != WT_VERDICT_OVER_REPORTS);
  check_done();
}

/* Where hardly a long packet was drawn, many may have passed; where enough were, the variance tells. */
static void a_window_has_room_for_long_packets_unseen(void **state)
{
  static const struct {
    double drawn, room;
  } rows[] = {{0, 9000}, {3, 9000}, {1000, 0}};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_observation from = {.tapped = true}, to = {.tapped = true, .after = tally_of(100000, 150000)};
    struct wt_window window;
    char name[32];

    snprintf(name, sizeof(name), "%g drawn", rows[i].drawn);
    from.after.drawn_long = from.before.drawn_long = 77;
    to.after.drawn_long = 77 + rows[i].drawn;
    to.after.unseen_long = 9000;
    to.before = to.after;
    wt_window_between(&from, &to, NULL, &window);
    check_near(name, window.frames_high, 150000 + rows[i].room, 1e-6);
    check_near(name, window.frames_low, 150000, 1e-6);
  }
  check_done();
}

/* Tails to one side: the bound on that side moves out with the third moment, the other one does not move in. */
static void a_window_leans_to_the_side_of_its_tail(void **state)
{
  struct wt_observation from = {.tapped = true}, to = {.tapped = true, .after = tally_of(100000, 150000)};
  double shift = (2 * 1.96 * 1.96 + 1) / 6;
  struct wt_window window;

  (void)state;
  to.after.frames_variance = 10000;
  to.after.frames_skew = 3000000;
  to.before = to.after;
  wt_window_between(&from, &to, NULL, &window);
  /* Out by Johnson's correction; how much more is a matter of how well the moment is known. */
  check("high", window.frames_high >= 150000 + 1.96 * 100 + shift * 300);
  check("high", window.frames_high <= 150000 + 1.96 * 100 + 1.5 * shift * 300);
  check_near("low", window.frames_low, 150000 - 1.96 * 100, 1e-6);
  to.after.frames_skew = -3000000;
  to.before = to.after;
  wt_window_between(&from, &to, NULL, &window);
  check_near("never in", window.frames_high, 150000 + 1.96 * 100, 1e-6);
  check_done();
}

/* What passed before the window and was counted in it is no over-report, and tells nothing of packets. */
static void what_passed_before_the_window_is_allowed_for(void **state)
{
  static const struct {
    const char *name;
    double packets, frames, counter, early;
    int verdict, basis;
  } rows[] = {
      {"none", 100000, 100000, 106000, 0, OVER, NOT_TOLD},
      {"as much as that", 100000, 100000, 106000, 6000, U, NOT_TOLD},
      {"less", 100000, 100000, 106000, 4000, OVER, NOT_TOLD},
      {"not known", 100000, 100000, 206000, INFINITY, U, NOT_TOLD},
      {"of packets", 50000, 100000, 60000, 20000, UNDER, NOT_TOLD},
      {"of packets, and more", 50000, 100000, 80000, 20000, UNDER, MIXED},
      {"agrees all the same", 100000, 100000, 100000, INFINITY, A, NOT_TOLD},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_facts facts = facts_of(RX);
    struct wt_window window = window_of(rows[i].packets, rows[i].frames, rows[i].counter);
    struct wt_finding finding;

    window.early = rows[i].early;
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(rows[i].name, wt_verdict_name(finding.counter.verdict),
               wt_verdict_name((enum wt_verdict)rows[i].verdict));
    check_text(rows[i].name, wt_basis_name(finding.basis), wt_basis_name((enum wt_basis)rows[i].basis));
    check_reason(rows[i].name, &finding.counter, LAG);
  }
  check_done();
}

/* Octets that are missing because the counter is behind are not missing. */
static void late_octets_are_not_accused(void **state)
{
  struct wt_window window = window_of(50000, 100000, 100000);

  (void)state;
  window.counter_octets = window.packet_octets; /* 2.2 % less */
  window.late = 1000;
  check_octets("a little late", &window, WT_BASIS_PACKET, 0, WT_VERDICT_UNDER_REPORTS);
  window.late = 3000;
  check_octets("late by as much", &window, WT_BASIS_PACKET, 0, WT_VERDICT_UNKNOWN);
  check_done();
}

/* A slack as wide as the tolerance, from a burst between the readings, makes no finding out of a counter that agrees.
 */
static void slack_is_no_finding(void **state)
{
  static const struct {
    const char *name;
    uint64_t burst, counter; /* of the burst, the counter has seen so many */
    int verdict;
  } rows[] = {
      {"none of a small burst", 500, 0, A},      {"all of a small burst", 500, 500, A},
      {"none of a large burst", 20000, 0, U},    {"half of a large burst", 20000, 10000, U},
      {"all of a large burst", 20000, 20000, U},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_facts facts = facts_of(RX);
    const struct wt_observation from = {.tapped = true};
    const struct wt_observation to = {.tapped = true,
                                      .before = tally_of(100000, 100000),
                                      .after = tally_of(100000 + rows[i].burst, 100000 + rows[i].burst),
                                      .counter_packets = 100000 + rows[i].counter};
    struct wt_finding finding;
    struct wt_window window;

    wt_window_between(&from, &to, &to, &window);
    wt_diverge(&window, &facts, &limits, NULL, &finding);
    check_text(rows[i].name, wt_verdict_name(finding.counter.verdict),
               wt_verdict_name((enum wt_verdict)rows[i].verdict));
    check_text(rows[i].name, wt_verdict_name(finding.capture.verdict), "agrees");
  }
  check_done();
}

static void tallies_add_up(void **state)
{
  struct wt_tally a = tally_of(10, 30), b = tally_of(5, 6);

  (void)state;
  a.vlan_out_of_band = 3;
  b.vlan_out_of_band = 4;
  a.drops = 1;
  b.drops = 2;
  a.hidden_udp = 1;
  a.hidden_unknown = 4;
  b.hidden_udp = 2;
  b.hidden_unknown = 5;
  a.packets_variance = 1, a.frames_variance = 2, a.octets_variance = 3, a.hidden_variance = 4;
  b.packets_variance = 10, b.frames_variance = 20, b.octets_variance = 30, b.hidden_variance = 40;
  a.frames_skew = 1, a.hidden_skew = 2, a.octets_skew = 3, a.drawn_long = 4, a.lost = 5;
  a.lost_packets = 6, a.lost_frames = 7, a.lost_octets = 8;
  b.frames_skew = 10, b.hidden_skew = 20, b.octets_skew = 30, b.drawn_long = 40, b.lost = 50;
  b.lost_packets = 60, b.lost_frames = 70, b.lost_octets = 80;
  /* Of several handles the one that draws least leaves most unseen. */
  a.unseen = 5, a.unseen_octets = 5000, a.unseen_long = 7, a.unseen_long_octets = 70;
  b.unseen = 50, b.unseen_octets = 500, b.unseen_long = 6, b.unseen_long_octets = 60;
  b.frames_low = 5;
  b.frames_high = 9;
  b.octets_low = 1;
  b.octets_high = 100000;
  wt_tally_add(&a, &b);
  check_int("packets", a.packets, 15);
  check_int("frames", a.frames, 36);
  check_int("frames low", a.frames_low, 35);
  check_int("frames high", a.frames_high, 39);
  check_int("octets", a.octets, 36 * FRAME);
  check_int("octets low", a.octets_low, 30 * FRAME + 1);
  check_int("octets high", a.octets_high, 30 * FRAME + 100000);
  check_int("packet octets", a.packet_octets, 36 * FRAME - 21 * HEADERS);
  check_int("hidden TCP", a.hidden_tcp, 21);
  check_int("hidden UDP", a.hidden_udp, 3);
  check_int("hidden, of an unknown protocol", a.hidden_unknown, 9);
  check_int("vlan", a.vlan_out_of_band, 7);
  check_int("drops", a.drops, 3);
  check_near("packets variance", a.packets_variance, 11, 0);
  check_near("frames variance", a.frames_variance, 22, 0);
  check_near("octets variance", a.octets_variance, 33, 0);
  check_near("hidden variance", a.hidden_variance, 44, 0);
  check_near("unseen", a.unseen, 50, 0);
  check_near("unseen octets", a.unseen_octets, 5000, 0);
  check_near("unseen long", a.unseen_long, 7, 0);
  check_near("unseen long octets", a.unseen_long_octets, 70, 0);
  check_near("frames skew", a.frames_skew, 11, 0);
  check_near("hidden skew", a.hidden_skew, 22, 0);
  check_near("octets skew", a.octets_skew, 33, 0);
  check_near("drawn long", a.drawn_long, 44, 0);
  check_near("lost", a.lost, 55, 0);
  check_near("lost packets", a.lost_packets, 66, 0);
  check_near("lost frames", a.lost_frames, 77, 0);
  check_near("lost octets", a.lost_octets, 88, 0);
  check("estimated", !a.estimated);
  b.estimated = true;
  b.vlan_out_of_band = WT_UNKNOWN;
  wt_tally_add(&a, &b);
  check("estimated", a.estimated);
  check("vlan unknown", a.vlan_out_of_band == WT_UNKNOWN);
  b.vlan_out_of_band = 1;
  wt_tally_add(&a, &b);
  check("vlan stays unknown", a.vlan_out_of_band == WT_UNKNOWN);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(situations),
      cmocka_unit_test(causes),
      cmocka_unit_test(causes_on_transmit_follow_the_protocol),
      cmocka_unit_test(tolerance_is_inclusive),
      cmocka_unit_test(other_tolerances_move_the_line),
      cmocka_unit_test(a_lag_is_allowed_for),
      cmocka_unit_test(fewer_counted_than_tapped),
      cmocka_unit_test(bounds_have_to_exclude_the_tolerance),
      cmocka_unit_test(an_accusation_survives_the_doubt),
      cmocka_unit_test(a_verdict_holds_for_all_that_the_bounds_hold),
      cmocka_unit_test(too_few_frames_decide_nothing),
      cmocka_unit_test(without_a_tap_there_is_no_verdict),
      cmocka_unit_test(a_blind_capture_is_unknown),
      cmocka_unit_test(verdicts_do_not_depend_on_facts),
      cmocka_unit_test(facts_alone_are_no_finding),
      cmocka_unit_test(the_same_facts_go_with_every_verdict),
      cmocka_unit_test(a_basis_is_kept_until_merged_traffic_tells_another),
      cmocka_unit_test(octets_are_fitted_on_both_bases),
      cmocka_unit_test(octets_of_plain_frames_agree_and_prove_nothing),
      cmocka_unit_test(octets_that_fit_nothing_get_no_basis),
      cmocka_unit_test(octets_have_a_basis_of_their_own),
      cmocka_unit_test(octets_learned_before_are_kept),
      cmocka_unit_test(octets_of_large_packets_are_told_apart),
      cmocka_unit_test(octets_that_fit_both_ways_get_no_basis),
      cmocka_unit_test(dropped_small_frames_are_no_merging),
      cmocka_unit_test(octets_between_two_offsets_fit_none),
      cmocka_unit_test(tags_of_merged_packets_are_told),
      cmocka_unit_test(tags_of_plain_frames_are_told),
      cmocka_unit_test(tags_that_make_no_difference_are_unknown),
      cmocka_unit_test(tags_are_a_cause_only_where_no_frame_is_missing),
      cmocka_unit_test(the_moment_of_reading_prefers_no_way),
      cmocka_unit_test(tags_learned_before_are_kept),
      cmocka_unit_test(missing_octets_tell_what_was_dropped),
      cmocka_unit_test(a_lower_bound_never_agrees),
      cmocka_unit_test(what_a_witness_saw_alone_tells_no_basis),
      cmocka_unit_test(what_passed_unseen_is_no_over_report),
      cmocka_unit_test(a_stray_frame_is_no_cause),
      cmocka_unit_test(a_lag_is_no_basis),
      cmocka_unit_test(a_window_is_bracketed_at_both_ends),
      cmocka_unit_test(a_window_knows_the_errors_of_sampling),
      cmocka_unit_test(a_window_knows_the_doubt_about_octets),
      cmocka_unit_test(a_window_is_tapped_at_both_ends_or_not),
      cmocka_unit_test(a_window_with_a_gap_has_no_upper_bound),
      cmocka_unit_test(a_window_has_room_for_lost_samples),
      cmocka_unit_test(a_window_has_room_for_long_packets_unseen),
      cmocka_unit_test(a_window_leans_to_the_side_of_its_tail),
      cmocka_unit_test(what_passed_before_the_window_is_allowed_for),
      cmocka_unit_test(late_octets_are_not_accused),
      cmocka_unit_test(slack_is_no_finding),
      cmocka_unit_test(tallies_add_up),
  };

  return cmocka_run_group_tests_name("divergence", tests, NULL, NULL);
}
