/* SPDX-License-Identifier: MIT */
/*
 * libwiretruth: how many frames were on the wire, and which signal misreports them.
 *
 * This is the one header that a skin includes. A skin opens a handle, polls it, translates the report, closes it.
 * The core has no threads, prints nothing, never exits and keeps no global state: every function that can fail
 * returns 0 or a negative errno and, where it takes a struct wt_error, a sentence that names the thing, its value
 * and what would be right. A handle is used by one thread at a time.
 *
 * Reference point of every wire figure: frames at the MAC; octets from the link header (Ethernet where there is one)
 * to the end of payload, VLAN tags and every replicated header in, FCS out.
 */
#ifndef WIRETRUTH_H
#define WIRETRUTH_H

#include <math.h>
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WT_VERSION "0.1.0"

/* A count that is not known. Never 0: a skin shows it as null, noSuchInstance, or not at all. */
#define WT_UNKNOWN UINT64_MAX

static inline bool wt_known(uint64_t count)
{
  return count != WT_UNKNOWN;
}

#define WT_ERROR_TEXT 512

struct wt_error {
  int code;                 /* negative errno, 0 when nothing went wrong */
  char text[WT_ERROR_TEXT]; /* one sentence without a full stop, for a person; empty when nothing went wrong */
};

/* Array index of a direction. Its number on the outside (MIB, gauges) is wt_direction_number(). */
enum wt_direction { WT_RX, WT_TX, WT_DIRECTIONS };

/* The numbers of the following enumerations are a contract: MIB, gauges and dashboards carry them. */
enum wt_verdict {
  WT_VERDICT_UNKNOWN = 0,
  WT_VERDICT_AGREES = 1,
  WT_VERDICT_UNDER_REPORTS = 2,
  WT_VERDICT_OVER_REPORTS = 3
};

/* Signals, where one is meant by its number. */
enum wt_signal_id { WT_COUNTER, WT_CAPTURE, WT_SERIES, WT_SIGNALS };

/* What a counter turned out to count. */
enum wt_basis {
  WT_BASIS_UNDETERMINED = 0, /* no merged traffic seen yet: frames and packets were the same */
  WT_BASIS_WIRE = 1,
  WT_BASIS_PACKET = 2,
  WT_BASIS_MIXED = 3
};

/* Where the wire figure comes from, best first. */
enum wt_source {
  WT_SOURCE_NONE = 0,
  WT_SOURCE_MAC = 1,
  WT_SOURCE_QUEUE = 2,
  WT_SOURCE_TAP = 3,
  WT_SOURCE_QDISC = 4,
  WT_SOURCE_MIRROR = 5,
  WT_SOURCE_SAMPLE = 6,
  WT_SOURCE_COUNTER = 7
};

enum wt_cause {
  WT_CAUSE_UNKNOWN = 0,
  WT_CAUSE_NONE = 1,
  WT_CAUSE_GRO = 2,
  WT_CAUSE_HW_GRO = 3,
  WT_CAUSE_LRO = 4,
  WT_CAUSE_TSO = 5,
  WT_CAUSE_GSO = 6,
  WT_CAUSE_USO = 7,
  WT_CAUSE_LOWER_DEVICE = 8,
  WT_CAUSE_VIRTUAL_LINK = 9,
  WT_CAUSE_VLAN_OFFLOAD = 10,
  WT_CAUSE_CHECKSUM_OFFLOAD = 11,
  WT_CAUSE_BYPASS = 12,
  WT_CAUSE_CAPTURE_LOSS = 13,
  WT_CAUSE_NAMESPACE = 14,
  WT_CAUSE_STALE = 15
};

/* Whether an octet counter has tags that were outside the packet: stripped by the device, or still to be inserted. */
enum wt_octet_tags {
  WT_TAGS_UNKNOWN = 0, /* no such tag was seen, or it makes no difference that can be told */
  WT_TAGS_COUNTED = 1,
  WT_TAGS_LEFT_OUT = 2
};

enum wt_method {
  WT_METHOD_NONE = 0,   /* no capture: counters and namespace MIB only */
  WT_METHOD_EXACT = 1,  /* eBPF, every packet */
  WT_METHOD_SAMPLE = 2, /* classic BPF, random packets */
  WT_METHOD_AUTO = 3    /* in a configuration only: the best of the three that can be opened */
};

/* What wrong checksums in a capture are. */
enum wt_checksum_verdict {
  WT_CHECKSUM_UNKNOWN = 0,
  WT_CHECKSUM_CLEAN = 1,     /* there are none */
  WT_CHECKSUM_ARTEFACT = 2,  /* left to a device, or rewritten by GRO: no frame was wrong */
  WT_CHECKSUM_CORRUPTION = 3 /* frames with wrong checksums were received, or are sent */
};

/* How the state of an interface compares with the one that was recorded for it. */
enum wt_baseline {
  WT_BASELINE_NONE = 0,    /* no baseline is configured */
  WT_BASELINE_MATCHES = 1, /* every recorded item is as recorded */
  WT_BASELINE_DRIFTS = 2,
  WT_BASELINE_NEW = 3,       /* none is recorded of this name or permanent address */
  WT_BASELINE_RENAMED = 4,   /* the recorded permanent address under another name, and nothing else differs */
  WT_BASELINE_DAMAGED = 5,   /* the file has a mistake: nothing is compared */
  WT_BASELINE_UNREADABLE = 6 /* the file cannot be read: nothing is compared */
};

/* Which instrument misreports, by TCP's own account. */
enum wt_application_verdict {
  WT_APPLICATION_UNKNOWN = 0,
  WT_APPLICATION_AGREES = 1,        /* with all that counted */
  WT_APPLICATION_CAPTURE_POINT = 2, /* with the counter, and the capture has fewer */
  WT_APPLICATION_COUNTER = 3        /* the counter has fewer, whatever the capture has */
};

/* What an alert is about. The numbers are a contract. */
enum wt_alert_kind {
  WT_ALERT_DIVERGENCE = 1, /* a signal of one direction diverges from wire */
  WT_ALERT_DRIFT = 2,      /* an interface is not as its baseline has it */
  WT_ALERT_BASIS = 3,      /* what the counter of one direction counts is not what it was */
  WT_ALERT_CAPTURE = 4     /* the capture of the host is less than what was asked for */
};

enum wt_severity { WT_SEVERITY_OKAY = 0, WT_SEVERITY_WARNING = 1, WT_SEVERITY_FAILURE = 2 };

/* The words that the enumerations stand for, as in JSON ("under-reports", "hw-gro", "rx"). Never NULL. */
const char *wt_direction_name(enum wt_direction direction);
const char *wt_signal_name(enum wt_signal_id signal);
const char *wt_verdict_name(enum wt_verdict verdict);
const char *wt_basis_name(enum wt_basis basis);
const char *wt_source_name(enum wt_source source);
const char *wt_cause_name(enum wt_cause cause);
const char *wt_method_name(enum wt_method method);
const char *wt_checksum_verdict_name(enum wt_checksum_verdict verdict);
const char *wt_baseline_name(enum wt_baseline state);
const char *wt_application_verdict_name(enum wt_application_verdict verdict);
const char *wt_alert_kind_name(enum wt_alert_kind kind);
const char *wt_severity_name(enum wt_severity severity);

#define WT_COUNT_TEXT 32

/* 217858 as "217,858", WT_UNKNOWN as "-". Returns text. */
const char *wt_count_text(uint64_t count, char text[static WT_COUNT_TEXT]);

/* rx 1, tx 2. */
static inline int wt_direction_number(enum wt_direction direction)
{
  return (int)direction + 1;
}

/* ---- configuration ------------------------------------------------------------------------------------------- */

/* One option that every skin offers under the same name. */
struct wt_option {
  const char *name;          /* "Interface"; compared without regard to case */
  const char *argument;      /* what it takes, for help texts: "NAME or /REGEX/", "true or false", "1 to 1000000" */
  const char *default_value; /* as text, "" where there is none */
  const char *help;          /* one line */
  bool repeatable;           /* may be given more than once */
  bool pair;                 /* its value may be two words, A=B: where a configuration separates values, two of them */
  bool of_interface;         /* an interface may have one of its own: wt_config_set_for() */
  bool of_alerts;            /* it concerns nothing but the alerts of a report */
};

/* All options, in the order of documentation; *count gets their number. Static storage. */
const struct wt_option *wt_options(size_t *count);

struct wt_config;

/* A configuration with every default. NULL when memory ran out. The caller frees it. */
struct wt_config *wt_config_new(void);
void wt_config_free(struct wt_config *config);

/*
 * Sets one option from text. -ENOENT: no such option; -EINVAL: a value that it does not take, or a regular expression
 * that does not compile; -EEXIST: an option that is not repeatable given twice. The configuration is unchanged on
 * error and the text names option, value and what would be right.
 */
int wt_config_set(struct wt_config *config, const char *name, const char *value, struct wt_error *error);

/*
 * The same for the interfaces of that name, or whose names match the regular expression between slashes: it wins over
 * what wt_config_set() sets, whichever comes first. Where several patterns match, a plain name wins over expressions,
 * and the expression that was given first over others; what that one does not set is as for all interfaces. It selects
 * nothing. -EINVAL also for an option that an interface cannot have of its own.
 */
int wt_config_set_for(struct wt_config *config, const char *pattern, const char *name, const char *value,
                      struct wt_error *error);

/* Places of options: what is said for all, and beyond it each pattern of wt_config_set_for() in its order. Returns the
 * last. */
#define WT_PLACE_OF_ALL 1U
unsigned int wt_config_places(const struct wt_config *config);

/* Whether options fit each other, once all are set: 0 or -EINVAL. wt_open() looks at that, too. */
int wt_config_check(const struct wt_config *config, struct wt_error *error);

/* Whether an interface of this name is selected by Interface and IgnoreSelected. */
bool wt_config_selects(const struct wt_config *config, const char *interface);

/* The ReportInactive option: skins leave interfaces out that never carried a packet when it is false. */
bool wt_config_report_inactive(const struct wt_config *config);

/* ---- report -------------------------------------------------------------------------------------------------- */

/* An independent figure beside the source of the wire figure. */
struct wt_witness {
  enum wt_source source;
  uint64_t frames; /* total, or WT_UNKNOWN */
};

#define WT_WITNESSES 4

/* The best estimate of the frames that the traffic of one direction stands for. Totals since the first reading. */
struct wt_wire {
  uint64_t frames;                  /* never goes back; WT_UNKNOWN without any source */
  uint64_t octets;                  /* likewise */
  uint64_t low, high;               /* 95 % bounds of frames; high may be WT_UNKNOWN (nothing bounds it) */
  uint64_t octets_low, octets_high; /* the same of octets */
  enum wt_source source;
  bool estimated; /* some packets carried no trustworthy segment count, or the figure comes from samples */
  struct wt_witness witnesses[WT_WITNESSES];
  size_t witness_count;
  char disagreement[160]; /* which sources contradict each other; empty if none */
};

/* What one signal says, put up against the wire. */
struct wt_signal {
  uint64_t frames;   /* whatever this signal counts, total since the discontinuity, or WT_UNKNOWN */
  uint64_t octets;   /* likewise */
  double ratio;      /* signal / wire over the horizon, 0 and up; NAN when unknown */
  double divergence; /* |wire - signal| / wire over the horizon; NAN when unknown */
  /* What ratio was made of: frames of wire in the window, and what the signal has of them; NAN when unknown. */
  double window_wire, window_signal;
  enum wt_verdict verdict;
  char reason[128];  /* why the verdict is unknown; empty otherwise */
  double since;      /* Unix time at which the present misreporting began; NAN while it does not misreport */
  double decided_at; /* Unix time at which the verdict was last decided by measurement; NAN if never */
};

/* The link counter (rtnl_link_stats64): a signal of which it also has to be learned what it counts. */
struct wt_counter_signal {
  struct wt_signal signal;
  enum wt_basis basis;
  unsigned int basis_windows; /* in a row that told this basis: how firm it is; 0 while undetermined */
  enum wt_basis octet_basis;
  enum wt_octet_tags octet_tags;
  int octet_offset; /* octets a counted unit that the counter adds (negative: leaves out); valid if octet_basis known */
  enum wt_verdict octet_verdict; /* of the octets once the offset is allowed for */
};

/* Checksums of sampled packets: of each the one state that common/checksum.h makes of all its checksums. */
struct wt_checksums {
  uint64_t sampled, valid, offloaded, rewritten, bad, absent, unverifiable;
};

/* What they mean, over the horizon. */
struct wt_checksum_finding {
  enum wt_checksum_verdict verdict;
  /* Of an artefact: checksum-offload, or what merges the packets that were rewritten. None where it is clean. */
  enum wt_cause cause;
  char reason[192]; /* why the verdict is unknown; empty otherwise */
  struct wt_checksums window;
  /* 95 % bounds of the share of bad packets, of those of which it can be told. NAN while none was sampled. */
  double bad_low, bad_high;
  uint64_t errors; /* checksum errors that the kernel counted meanwhile, of all interfaces; WT_UNKNOWN if unreadable */
};

/*
 * VLAN tags that were kept outside the packet: stripped by the device or the kernel before the capture point, or still
 * to be put in by the device. Totals; WT_UNKNOWN but with method exact, since nothing else sees where a tag was.
 * Readers that take a packet as the kernel hands it out miss 4 octets of each such packet: a raw packet socket, and
 * libpcap's "any" in the link type LINUX_SLL2 (tcpdump's). libpcap bound to an interface puts the tag back.
 */
struct wt_vlan {
  uint64_t frames;          /* that those packets stand for: each has the tag on the wire */
  uint64_t missed_octets;   /* 4 a packet */
  uint64_t restored_octets; /* of those, what libpcap puts back: all, or 0 where the link header is not Ethernet's */
};

/* From low to high; WT_UNKNOWN where nothing is known of an end. */
struct wt_bounds {
  uint64_t low, high;
};

/*
 * What merging hides from a capture. Totals. The figures on TCP segments come from the namespace's TCP MIB, which tells
 * no interface: they are of this one only while no other one of the namespace has carried anything in this direction
 * since wt_open(), and WT_UNKNOWN otherwise.
 */
struct wt_hidden {
  uint64_t frames, low, high; /* wire - capture, and its bounds */
  uint64_t tcp, udp;          /* frames beyond one a packet; of tunnels by what is inside */
  /*
   * Ends of messages (PSH) inside a packet, which a capture cannot show: none where only TSO and GRO can have made the
   * packet, since the one puts PSH on the last segment alone and the other ends a packet with it.
   */
  struct wt_bounds pushes;
  /* Transmit: segments that were sent again, and the packets in which the capture has them. */
  uint64_t retransmitted_segments;
  struct wt_bounds retransmitted_packets;
  /* Receive: packets that TCP found to be nothing but duplicates, or out of order, and the segments in them. */
  uint64_t duplicate_packets, out_of_order_packets;
  struct wt_bounds duplicate_segments, out_of_order_segments;
};

/* What the TCP connections of an interface sent or received by their own account. Unknown without Application. */
struct wt_application_direction {
  uint64_t segments; /* total since wt_open(), pure acknowledgements and what was sent again in */
  uint64_t octets;   /* of payload, each once: acknowledged by the peer, or received */
  enum wt_application_verdict verdict;
  char reason[128]; /* why the verdict is unknown; empty otherwise */
};

struct wt_direction_report {
  struct wt_wire wire;
  bool revised;               /* since the report before, wire or the figures of packets have grown by some that passed
                                 before it: a rate between the two would show them as a jump */
  uint64_t packets;           /* what the stack handled, total: its work, as in "packets a second and core"; packets
                                 seen at the tap, WT_UNKNOWN without one */
  double segments_per_packet; /* wire frames / packets over the horizon; NAN when unknown */
  struct wt_counter_signal counter;
  struct wt_signal capture;
  uint64_t capture_drops; /* samples that the kernel had no room for, total */
  struct wt_signal series;
  enum wt_cause series_cause;   /* why the series differs, or why nothing is known of it */
  double series_time;           /* Unix time of its newest sample: its own time stamp where it has one; NAN if none */
  struct wt_checksums checksum; /* totals */
  struct wt_checksum_finding checksum_finding;
  uint64_t vlan_out_of_band; /* packets whose tag the device stripped or will insert, total; WT_UNKNOWN without exact */
  struct wt_vlan vlan;
  struct wt_hidden hidden;
  enum wt_cause cause;
  struct wt_application_direction application;
};

/* What the report says of that signal. */
const struct wt_signal *wt_signal_of(const struct wt_direction_report *direction, enum wt_signal_id signal);

/* One offload feature of one interface, in the four states of the kernel's ethtool netlink interface. */
struct wt_feature {
  const char *name; /* the kernel's: "rx-gro"; owned by the report */
  bool active;
  bool wanted;
  bool fixed;              /* cannot be changed: not in the hardware set, or marked unchangeable */
  bool recorded, expected; /* whether the interface's baseline has it, and then whether it has it active */
};

#define WT_DRIFT_TEXT 128

/* One recorded item that is not as recorded. */
struct wt_drift {
  char item[40];                /* "rx-gro", "mtu", "firmware", "name" */
  char expected[WT_DRIFT_TEXT]; /* as in the file: "on", "9000" */
  char found[WT_DRIFT_TEXT];    /* "off"; "off, wanted on" for what is off for want of another; "none" if not there */
  double since;                 /* Unix time at which it was first noticed: it has been so at the latest since then */
};

struct wt_interface {
  char name[IFNAMSIZ];
  int ifindex;
  unsigned int mtu;     /* octets */
  char kind[32];        /* rtnetlink's: "veth", "macvlan"; empty for a device without one */
  char driver[32];      /* ethtool's; empty when the device names none */
  char lower[IFNAMSIZ]; /* the device below a stacked one; empty if none or in another namespace */
  int lower_netns;      /* rtnetlink's namespace id of the device below, -1 when it is in this one or there is none */
  /* The interface on which a copy of its frames arrives (option Mirror), empty if there is none; and why that shows
   * nothing, or no total. */
  char mirror[IFNAMSIZ];
  char mirror_reason[128];
  /* The interface's own IPv6 MIB, a witness: received segments and transmitted packets, since the first reading;
   * WT_UNKNOWN where it has no IPv6, and with more than 32 interfaces. */
  uint64_t ipv6_in_segments, ipv6_out_packets;
  double horizon;     /* seconds that its ratios, divergences and verdicts refer to, at most */
  unsigned int place; /* of its options: WT_PLACE_OF_ALL, or more for those of wt_config_set_for(), by their order */
  bool active;        /* has ever carried a packet, by its link counter */
  /* Unix time of the last change that no verdict reaches over (offload, MTU, stacking, a counter reset, the interface's
   * appearance); NAN if there was none. Totals go on over it. */
  double discontinuity;
  double offload_changed;            /* Unix time of the last change of offload state that was noticed; NAN if none */
  const struct wt_feature *features; /* every feature that the kernel names; NULL where ethtool netlink is missing */
  size_t feature_count;
  enum wt_baseline baseline;
  const struct wt_drift *drift; /* owned by the report */
  size_t drift_count;
  const struct wt_direction_report *direction[WT_DIRECTIONS]; /* owned by the report; interfaces may share one */
};

/* The feature of that name, or NULL where the kernel names no such feature. */
const struct wt_feature *wt_interface_feature(const struct wt_interface *interface, const char *name);

/* An offload that neither merges nor cuts, nor does checksums or tags, and what it makes of signals while it is active.
 */
struct wt_offload_effect {
  const char *feature; /* the kernel's name */
  bool bypass;         /* frames may pass the tap unseen */
  const char *effect;  /* the rest of a sentence */
};

/* All offloads that can make a signal, or the octets of wire, wrong; *count gets their number. Static storage. */
const struct wt_offload_effect *wt_offload_effects(size_t *count);

/* The MIB of the network namespace: a witness beside the interfaces. Deltas since wt_open(), WT_UNKNOWN if unreadable.
 */
struct wt_namespace {
  uint64_t ip_in_segments;     /* IpExt In{NoECT,ECT0,ECT1,CE}Pkts and the IPv6 ones: received segments */
  uint64_t ip_out_packets;     /* Ip OutRequests and Ip6OutRequests: packets, before any segmentation */
  uint64_t tcp_out_segments;   /* Tcp OutSegs: segments first sent */
  uint64_t tcp_retransmitted;  /* Tcp RetransSegs */
  uint64_t tcp_in_packets;     /* Tcp InSegs: packets, since the kernel counts a merged one once */
  uint64_t in_checksum_errors; /* IpExt (headers), Tcp, Udp, UdpLite, Icmp InCsumErrors and the IPv6 ones */
  /* TcpExt. By net/ipv4/tcp_input.c; a packet that GRO merged counts as one where it says packets. */
  uint64_t tcp_lost_retransmits;     /* TCPLostRetransmit: retransmitted segments that were found lost again */
  uint64_t tcp_reported_duplicates;  /* TCPDSACKRecvSegs (Linux 5.9): sent segments that peers said they had twice */
  uint64_t tcp_duplicate_packets;    /* DelayedACKLost, TCPOFOMerge: received, and all of it was there already */
  uint64_t tcp_out_of_order_packets; /* TCPOFOQueue: received with a gap before them */
};

/* A sentence for the log: what began or ended since the report before, in the words of a person. */
struct wt_news {
  bool good; /* it ended, or is worth knowing only */
  char text[384];
};

/* ---- alerts ---- */

/*
 * What began, became worse or better, or ended: each once, when it has been so for Hold. An alert that is not okay
 * stays until one of the same kind, interface, direction and signal follows.
 */
struct wt_alert {
  enum wt_alert_kind kind;
  enum wt_severity severity;
  char interface[IFNAMSIZ]; /* empty with capture, and ifindex 0: it is of the host as a whole */
  int ifindex;
  enum wt_direction direction; /* WT_DIRECTIONS with drift: it is of the interface as a whole; and with capture */
  enum wt_signal_id signal;    /* WT_SIGNALS with drift and capture; WT_COUNTER with basis */
  enum wt_verdict verdict;     /* on the signal; unknown with drift and capture, and where the interface is gone */
  enum wt_cause cause;         /* of the direction, or of the series; likewise */
  /* Divergence: the fraction of wire. Drift: how many items. Basis: its number. NAN with capture, and where the
   * interface is gone. */
  double value;
  double threshold; /* that was crossed, of a divergence; NAN for the others */
  double since;     /* Unix time at which it was crossed, or found: Hold before the alert, or earlier */
  /* Divergence: of the window, frames of wire and what the signal has of them. NAN with the others, and if unknown. */
  double wire, frames;
  bool gone;      /* it ends because the interface is there no longer, or not under this name */
  char text[256]; /* a sentence without a full stop, for a person: "eth0 receive: the counter shows ..." */
};

/* The recorded baseline as a whole. */
struct wt_baseline_report {
  enum wt_baseline state;     /* NONE, DAMAGED, UNREADABLE; MATCHES if it is in use */
  char reason[256];           /* why it is not in use: for a damaged one the line and what would be right */
  const char *const *missing; /* names of recorded and selected interfaces that are not there */
  size_t missing_count;
  const struct wt_news *news;
  size_t news_count;
};

/* TCP's own account of this network namespace, by its sockets. Totals since wt_open(). */
struct wt_application {
  bool on;                              /* the option Application */
  char reason[128];                     /* why there are no figures, or not all; empty if there are */
  uint64_t bytes_acked, bytes_received; /* octets of payload, each once; SYN and FIN count as one each */
  uint64_t segments_out, segments_in;
  uint64_t retransmitted_segments, retransmitted_bytes;
  uint64_t connections; /* at this poll */
  /* The share over the horizon of the segments that the namespace counted: of TCP's (OutSegs and RetransSegs), and of
   * all that IP received, since Tcp InSegs counts packets. NAN when unknown. */
  double coverage_out, coverage_in;
};

/* The series as a whole. */
struct wt_series_report {
  bool configured;
  char url[256];    /* the Series option without user, password and query */
  char error[256];  /* why the last attempt to read it failed; empty if it did not */
  double answered;  /* Unix time of the last complete answer; NAN if there was none */
  uint64_t devices; /* in that answer; WT_UNKNOWN without one */
  const struct wt_news *news;
  size_t news_count;
};

struct wt_report {
  double time;    /* Unix time of this poll */
  double begun;   /* when the reading of the instruments began: what was before that is in the figures */
  double seconds; /* since wt_open() */
  double horizon; /* seconds that ratio, divergence and verdict refer to, at most, of interfaces without an own */
  enum wt_method method;   /* in use: never WT_METHOD_AUTO */
  char method_reason[256]; /* why a better method is not in use; empty if exact is */
  /* Why offload features could not be read at this poll; empty if they could. Those that are known so far are in the
   * report, and none of an interface of which they were never read, which is not compared with a baseline either. */
  char offload_error[256];
  /* Why the capture is less than what was asked for: with method auto another one than exact, interfaces that are up
   * and not captured, samples lost since the report before. Empty if it is not. */
  char degraded[256];
  /* The share of the time since the first reading in which the tap was attached, 0 to 1: with method auto it keeps to
   * the CPU budget by being detached for whole intervals, whose figures are estimated from the counter and marked so. 1
   * with the other methods. */
  double tap_share;
  struct wt_namespace namespace;
  struct wt_baseline_report baseline;
  struct wt_application application;
  struct wt_series_report series;
  const struct wt_news *news; /* beside the baseline's: of sources that contradict each other, and of mirrors */
  size_t news_count;
  const struct wt_alert *alerts; /* since the report before; with those of interfaces that are gone */
  size_t alert_count;
  const struct wt_interface *interfaces; /* the selected ones, by ifindex */
  size_t interface_count;
};

/*
 * A report of its own with all that the report points to, in the same order and with the same values: it needs no
 * handle and never changes, so that one thread may poll while another reads the copy of the poll before. (A pointer
 * that is added to a report has to be added to report_copy.c.) NULL when memory ran out. The caller frees it.
 */
struct wt_report *wt_report_copy(const struct wt_report *report);
/* Only of a copy. NULL is allowed. */
void wt_report_free(struct wt_report *copy);

/* ---- handle -------------------------------------------------------------------------------------------------- */

struct wt;

/*
 * Opens the sources in the network namespace of the calling thread and takes the first reading, from which all totals
 * count. The configuration is copied. Errors: -EPERM when a method that was asked for by name needs a right that is
 * missing, -EOPNOTSUPP when the kernel or this build does not have it, and those of netlink. With method auto a
 * missing right is no error: the report says which method is in use and why.
 */
int wt_open(struct wt **out, const struct wt_config *config, struct wt_error *error);

/*
 * Takes a reading. *report stays valid until the next wt_poll() that succeeds, wt_reconfigure() or wt_close(). An
 * interface that vanishes meanwhile is left out. On error *report is NULL and the next poll tries again; the report
 * before is as it was, but without news and alerts, and without
 * interfaces where memory ran out.
 */
int wt_poll(struct wt *wt, const struct wt_report **report, struct wt_error *error);

/*
 * Takes another configuration with the next poll. What stays selected goes on, with its totals; what is no longer
 * selected goes, as an interface does that vanishes. With another Series, or Application switched, interfaces have a
 * discontinuity. -EXDEV: Method, SamplesPerInterval or Mirror are not what they were, which takes another handle, and
 * -EPERM if rights were given up without which that cannot be opened. On any error the configuration stays as it was.
 */
int wt_reconfigure(struct wt *wt, const struct wt_config *config, struct wt_error *error);

/* A file descriptor that becomes readable when links or offloads changed: poll early. It belongs to the handle. */
int wt_event_fd(const struct wt *wt);

/*
 * Gives up, for the calling thread and those that it starts, and for good, the capabilities that an open handle has no
 * use for: all but CAP_NET_RAW and CAP_BPF, and those of also (bit i: capability i). For a program of its own, never
 * inside a host agent.
 */
void wt_drop_rights(uint64_t also);

/*
 * Likewise, and those two as well. What interfaces that appear later will need is opened before: sockets, and a map
 * with room. Where the kernel wants CAP_BPF for reading the map (before Linux 5.19, with
 * kernel.unprivileged_bpf_disabled) that one is kept; wt_open() finds no rights any more. On an error those two are
 * kept, and all is as after wt_drop_rights().
 */
int wt_give_up_rights(struct wt *wt, uint64_t also, struct wt_error *error);

/* ---- baseline ------------------------------------------------------------------------------------------------ */

/* Where the command records it unless it is told. The option Baseline has no default: nobody is compared unasked. */
#define WT_BASELINE_FILE "/etc/wiretruth.baseline"

/*
 * The present state of the selected interfaces as the text of a baseline file. keep: the text of the one before, NULL
 * if there is none; its comments stay where their items do, and so do interfaces of it that are not selected. To be
 * freed by the caller. -EINVAL: keep is damaged.
 */
int wt_baseline_record(struct wt *wt, const char *keep, char **text, struct wt_error *error);

/*
 * Reads a baseline file, "-" being standard input, and checks it. *text, to be freed, is its content in the form that
 * is recorded. -EINVAL: it is damaged, the text of the error names the line and what would be right; -ENOENT and others
 * of the file system: it cannot be read.
 */
int wt_baseline_read(const char *file, char **text, struct wt_error *error);

/* Writes a baseline file as a whole or not at all. One that is there keeps its mode and owner. */
int wt_baseline_write(const char *file, const char *text, struct wt_error *error);

/* Writes a text file as a whole or not at all; one that is there keeps its mode and owner. what: "baseline", for the
 * error. */
int wt_file_write(const char *what, const char *file, const char *text, struct wt_error *error);

/* The same, where no link is followed: what a link points to may be of another's choosing. -EINVAL: it is one. */
int wt_file_replace(const char *what, const char *file, const char *text, struct wt_error *error);

/* ---- thresholds that a skin keeps ---------------------------------------------------------------------------- */

/* One threshold on the divergence of one signal, for each direction of each interface that it is for. */
struct wt_rule {
  char interfaces[64];            /* a name, or /REGEX/, as the option Interface has them */
  bool directions[WT_DIRECTIONS]; /* at least one */
  enum wt_signal_id signal;
  double rising, falling; /* fractions of wire: raised above rising, cleared at falling or below */
  double hold;            /* seconds that either has to last */
  unsigned int startup;   /* RFC 2819, alarmStartupAlarm: rising 1, falling 2, either 3 */
  unsigned int place;     /* only for interfaces whose options are from there; 0: from anywhere */
};

struct wt_rule_watch;

/* Begins to follow a threshold. -EINVAL: it is none, and the error names what would be right; -ENOMEM. */
int wt_rule_watch_new(struct wt_rule_watch **out, const struct wt_rule *rule, struct wt_error *error);

/*
 * What a report says to it: alerts of divergence, severity WARNING where it was raised and OKAY where it was cleared,
 * each once. A report that was given already changes nothing. They are good until the next call with this watch.
 */
const struct wt_alert *wt_rule_watch_follow(struct wt_rule_watch *watch, const struct wt_report *report, size_t *count);

/* Whether a threshold is for that signal of that direction of an interface. */
bool wt_rule_watch_is_for(const struct wt_rule_watch *watch, const struct wt_interface *interface,
                          enum wt_direction direction, enum wt_signal_id signal);

/* Before a threshold goes: what it raised is cleared. Its alerts are good until wt_rule_watch_free(). */
const struct wt_alert *wt_rule_watch_end(struct wt_rule_watch *watch, size_t *count);

/* NULL is allowed. */
void wt_rule_watch_free(struct wt_rule_watch *watch);

/* The threshold that the alert options of a place come to for a signal; severity is WARNING or FAILURE. False if there
 * is none. */
bool wt_rule_of_options(const struct wt_config *config, unsigned int place, enum wt_signal_id signal,
                        enum wt_severity severity, struct wt_rule *rule);

/* Closes everything. NULL is allowed. */
void wt_close(struct wt *wt);

#endif
