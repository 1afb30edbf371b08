//! The options of the service, with their defaults and valid values.
//!
//! Names, defaults and bounds are those of the developer guide's "General options for all environments".
//! Two things are *assumed*: options of every platform are known whatever the platform is, and options of one type
//! of load balancer may be set while another one is used.

use regex_lite::Regex;

/// A namespace and its options.
#[derive(Debug)]
pub(crate) struct Namespace {
    /// The name, or a prefix with a final colon, which a name of the caller's choice follows.
    pub(crate) name: &'static str,
    pub(crate) options: &'static [OptionDefinition],
    /// Whether options are user-defined.
    pub(crate) open: bool,
}

/// An option.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OptionDefinition {
    pub(crate) name: &'static str,
    pub(crate) default: Option<&'static str>,
    pub(crate) kind: Kind,
    pub(crate) severity: ChangeSeverity,
}

/// The valid values of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A list, separated by commas.
    List,
    Flag,
    /// A whole number within these bounds.
    Number(i64, i64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An ISO 8601 duration between these numbers of seconds.
    Duration(i64, i64),
    /// A regular expression with its description.
    Pattern(&'static str, &'static str),
}

/// The effect of a change of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeSeverity {
    NoInterruption,
    RestartApplicationServer,
    RestartEnvironment,
}

pub(crate) const ASG: &str = "aws:autoscaling:asg";
pub(crate) const LAUNCH: &str = "aws:autoscaling:launchconfiguration";
pub(crate) const SCHEDULED_ACTION: &str = "aws:autoscaling:scheduledaction";
pub(crate) const INSTANCES: &str = "aws:ec2:instances";
pub(crate) const APPLICATION: &str = "aws:elasticbeanstalk:application";
pub(crate) const VARIABLES: &str = "aws:elasticbeanstalk:application:environment";
pub(crate) const COMMAND: &str = "aws:elasticbeanstalk:command";
pub(crate) const PYTHON: &str = "aws:elasticbeanstalk:container:python";
/// The start of the namespaces of single platforms.
pub(crate) const CONTAINER: &str = "aws:elasticbeanstalk:container:";
pub(crate) const ENVIRONMENT: &str = "aws:elasticbeanstalk:environment";
pub(crate) const CLASSIC_HEALTH_CHECK: &str = "aws:elb:healthcheck";
pub(crate) const DEFAULT_PROCESS: &str = "aws:elasticbeanstalk:environment:process:default";
pub(crate) const HEALTH: &str = "aws:elasticbeanstalk:healthreporting:system";
pub(crate) const MANAGED: &str = "aws:elasticbeanstalk:managedactions";
pub(crate) const PLATFORM_UPDATE: &str = "aws:elasticbeanstalk:managedactions:platformupdate";
pub(crate) const ROLLING_UPDATE: &str = "aws:autoscaling:updatepolicy:rollingupdate";
pub(crate) const SQSD: &str = "aws:elasticbeanstalk:sqsd";
pub(crate) const TRAFFIC: &str = "aws:elasticbeanstalk:trafficsplitting";

/// A day and a time of the week, such as `Tue:09:00`.
const WINDOW: Kind = Kind::Pattern(
    "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01][0-9]|2[0-3]):[0-5][0-9]$",
    "The configured value for 'PreferredStartTime' is invalid. A valid value has the format day:hour:minute, such as Tue:09:00.",
);
const STATUS_CODES: Kind = Kind::Pattern(
    r"^((\d{3}(-\d{3})?)|(\d{3}(,\d{3})*))$",
    "The configured value for 'MatcherHTTPCode' is invalid. A valid value must be a single code of 3 digits, \
     a comma separated list of codes (e.g 200,210), or a range of codes (e.g 200-210).",
);
const HEALTH_URL: Kind = Kind::Pattern(
    "^((HTTP|HTTPS|TCP|SSL):[0-9]{1,5})?(/.*)?$",
    "A valid value is a path, or a protocol and a port with or without a path.",
);
const PORT: Kind = Kind::Number(1, 65_535);
const RETENTION: Kind = Kind::OneOf(&[
    "1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545", "731",
    "1827", "3653",
]);
const THRESHOLD: Kind = Kind::Number(0, 20_000_000);

/// An option without a default.
const fn option(name: &'static str, kind: Kind) -> OptionDefinition {
    OptionDefinition { name, default: None, kind, severity: ChangeSeverity::NoInterruption }
}

/// An option with a default.
const fn with(name: &'static str, kind: Kind, default: &'static str) -> OptionDefinition {
    OptionDefinition {
        name,
        default: Some(default),
        kind,
        severity: ChangeSeverity::NoInterruption,
    }
}

impl OptionDefinition {
    /// Marks options whose changes replace the instances.
    const fn replaces(mut self) -> Self {
        self.severity = ChangeSeverity::RestartEnvironment;
        self
    }

    /// Marks options whose changes restart the application servers.
    const fn restarts(mut self) -> Self {
        self.severity = ChangeSeverity::RestartApplicationServer;
        self
    }
}

const fn known(name: &'static str, options: &'static [OptionDefinition]) -> Namespace {
    Namespace { name, options, open: false }
}

const fn open(name: &'static str) -> Namespace {
    Namespace { name, options: &[], open: true }
}

const PROCESS_OPTIONS: &[OptionDefinition] = &[
    with("DeregistrationDelay", Kind::Number(0, 3600), "20"),
    with("HealthCheckInterval", Kind::Number(5, 300), "15"),
    with("HealthCheckPath", Kind::Text, "/"),
    with("HealthCheckTimeout", Kind::Number(1, 60), "5"),
    with("HealthyThresholdCount", Kind::Number(2, 10), "3"),
    with("MatcherHTTPCode", STATUS_CODES, "200"),
    with("Port", PORT, "80"),
    with("Protocol", Kind::OneOf(&["HTTP", "HTTPS", "TCP"]), "HTTP"),
    with("StickinessEnabled", Kind::Flag, "false"),
    with("StickinessLBCookieDuration", Kind::Number(1, 604_800), "86400"),
    with("StickinessType", Kind::OneOf(&["lb_cookie", "app_cookie"]), "lb_cookie"),
    with("UnhealthyThresholdCount", Kind::Number(2, 10), "5"),
];

const CLASSIC_LISTENER_OPTIONS: &[OptionDefinition] = &[
    with("InstancePort", PORT, "80"),
    with("InstanceProtocol", Kind::OneOf(&["HTTP", "HTTPS", "TCP", "SSL"]), "HTTP"),
    with("ListenerEnabled", Kind::Flag, "true"),
    with("ListenerProtocol", Kind::OneOf(&["HTTP", "HTTPS", "TCP", "SSL"]), "HTTP"),
    option("PolicyNames", Kind::List),
    option("SSLCertificateId", Kind::Text),
];

const LISTENER_OPTIONS: &[OptionDefinition] = &[
    with("DefaultProcess", Kind::Text, "default"),
    with("ListenerEnabled", Kind::Flag, "true"),
    with("Protocol", Kind::OneOf(&["HTTP", "HTTPS", "TCP", "TLS"]), "HTTP"),
    option("Rules", Kind::List),
    option("SSLCertificateArns", Kind::List),
    option("SSLPolicy", Kind::Text),
];

/// All namespaces. A whole name precedes a prefix that matches too.
pub(crate) const NAMESPACES: &[Namespace] = &[
    known(
        ASG,
        &[
            with("Availability Zones", Kind::OneOf(&["Any", "Any 1", "Any 2", "Any 3"]), "Any"),
            with("Cooldown", Kind::Number(0, 10_000), "360"),
            option("Custom Availability Zones", Kind::List),
            with("EnableCapacityRebalancing", Kind::Flag, "false"),
            with("MaxSize", Kind::Number(1, 10_000), "4"),
            with("MinSize", Kind::Number(1, 10_000), "1"),
        ],
    ),
    known(
        LAUNCH,
        &[
            option("BlockDeviceMappings", Kind::List).replaces(),
            with("DisableDefaultEC2SecurityGroup", Kind::Flag, "false").replaces(),
            with("DisableIMDSv1", Kind::Flag, "true").replaces(),
            option("EC2KeyName", Kind::Text).replaces(),
            option("IamInstanceProfile", Kind::Text).replaces(),
            option("ImageId", Kind::Text).replaces(),
            with("InstanceType", Kind::Text, "t3.micro").replaces(),
            with("LaunchTemplateTagPropagationEnabled", Kind::Flag, "false"),
            with("MonitoringInterval", Kind::OneOf(&["1 minute", "5 minute"]), "5 minute")
                .replaces(),
            option("RootVolumeIOPS", Kind::Number(100, 20_000)).replaces(),
            option("RootVolumeSize", Kind::Number(8, 16_384)).replaces(),
            option("RootVolumeThroughput", Kind::Number(125, 1000)).replaces(),
            option("RootVolumeType", Kind::OneOf(&["standard", "gp2", "gp3", "io1"])).replaces(),
            with("SSHSourceRestriction", Kind::Text, "tcp,22,22,0.0.0.0/0"),
            option("SecurityGroups", Kind::List).replaces(),
        ],
    ),
    known(
        SCHEDULED_ACTION,
        &[
            option("DesiredCapacity", Kind::Number(0, 10_000)),
            option("EndTime", Kind::Text),
            option("MaxSize", Kind::Number(0, 10_000)),
            option("MinSize", Kind::Number(0, 10_000)),
            option("Recurrence", Kind::Text),
            option("StartTime", Kind::Text),
            option("Suspend", Kind::Flag),
        ],
    ),
    known(
        "aws:autoscaling:trigger",
        &[
            with("BreachDuration", Kind::Number(1, 600), "5"),
            with("EvaluationPeriods", Kind::Number(1, 600), "1"),
            with("LowerBreachScaleIncrement", Kind::Number(-10_000, 10_000), "-1"),
            with("LowerThreshold", THRESHOLD, "2000000"),
            with(
                "MeasureName",
                Kind::OneOf(&[
                    "CPUUtilization",
                    "NetworkIn",
                    "NetworkOut",
                    "DiskWriteOps",
                    "DiskReadBytes",
                    "DiskReadOps",
                    "DiskWriteBytes",
                    "Latency",
                    "RequestCount",
                    "HealthyHostCount",
                    "UnhealthyHostCount",
                    "TargetResponseTime",
                ]),
                "NetworkOut",
            ),
            with("Period", Kind::Number(1, 600), "5"),
            with("Statistic", Kind::OneOf(&["Minimum", "Maximum", "Sum", "Average"]), "Average"),
            with(
                "Unit",
                Kind::OneOf(&[
                    "Seconds",
                    "Percent",
                    "Bytes",
                    "Bits",
                    "Count",
                    "Bytes/Second",
                    "Bits/Second",
                    "Count/Second",
                    "None",
                ]),
                "Bytes",
            ),
            with("UpperBreachScaleIncrement", Kind::Number(-10_000, 10_000), "1"),
            with("UpperThreshold", THRESHOLD, "6000000"),
        ],
    ),
    known(
        ROLLING_UPDATE,
        &[
            option("MaxBatchSize", Kind::Number(1, 10_000)),
            option("MinInstancesInService", Kind::Number(0, 9999)),
            option("PauseTime", Kind::Duration(0, 3600)),
            with("RollingUpdateEnabled", Kind::Flag, "false"),
            with("RollingUpdateType", Kind::OneOf(&["Time", "Health", "Immutable"]), "Time"),
            with("Timeout", Kind::Duration(300, 3600), "PT30M"),
        ],
    ),
    known(
        "aws:cloudformation:template:parameter",
        &[
            option("AppSource", Kind::Text),
            option("EnvironmentVariables", Kind::List),
            option("HooksPkgUrl", Kind::Text),
            option("InstancePort", PORT),
            option("InstanceTypeFamily", Kind::Text),
        ],
    ),
    known(
        INSTANCES,
        &[
            with("EnableSpot", Kind::Flag, "false").replaces(),
            option("InstanceTypes", Kind::List).replaces(),
            with("SpotAllocationStrategy", Kind::Text, "capacity-optimized"),
            option("SpotFleetOnDemandAboveBasePercentage", Kind::Number(0, 100)),
            with("SpotFleetOnDemandBase", Kind::Number(0, 10_000), "0"),
            option("SpotMaxPrice", Kind::Text),
            with("SupportedArchitectures", Kind::List, "x86_64").replaces(),
        ],
    ),
    known(
        "aws:ec2:vpc",
        &[
            option("AssociatePublicIpAddress", Kind::Flag).replaces(),
            option("DBSubnets", Kind::List),
            with("ELBScheme", Kind::Text, "public").replaces(),
            option("ELBSubnets", Kind::List).replaces(),
            option("Subnets", Kind::List).replaces(),
            option("VPCId", Kind::Text).replaces(),
        ],
    ),
    known(APPLICATION, &[option("Application Healthcheck URL", HEALTH_URL)]),
    open(VARIABLES),
    known(
        "aws:elasticbeanstalk:cloudwatch:logs",
        &[
            with("DeleteOnTerminate", Kind::Flag, "false"),
            with("RetentionInDays", RETENTION, "7"),
            with("StreamLogs", Kind::Flag, "false"),
        ],
    ),
    known(
        "aws:elasticbeanstalk:cloudwatch:logs:health",
        &[
            with("DeleteOnTerminate", Kind::Flag, "false"),
            with("HealthStreamingEnabled", Kind::Flag, "false"),
            with("RetentionInDays", RETENTION, "7"),
        ],
    ),
    known(
        COMMAND,
        &[
            with("BatchSize", Kind::Number(1, 10_000), "100"),
            with("BatchSizeType", Kind::OneOf(&["Percentage", "Fixed"]), "Percentage"),
            with(
                "DeploymentPolicy",
                Kind::OneOf(&[
                    "AllAtOnce",
                    "Rolling",
                    "RollingWithAdditionalBatch",
                    "Immutable",
                    "TrafficSplitting",
                ]),
                "AllAtOnce",
            ),
            with("IgnoreHealthCheck", Kind::Flag, "false"),
            with("Timeout", Kind::Number(1, 3600), "600"),
        ],
    ),
    known(
        "aws:elasticbeanstalk:container:php:phpini",
        &[
            with("allow_url_fopen", Kind::OneOf(&["On", "Off"]), "On").restarts(),
            option("composer_options", Kind::Text).restarts(),
            with("display_errors", Kind::OneOf(&["On", "Off"]), "Off").restarts(),
            option("document_root", Kind::Text).restarts(),
            with("max_execution_time", Kind::Number(0, 1_000_000), "60").restarts(),
            with("memory_limit", Kind::Text, "256M").restarts(),
            with("zlib.output_compression", Kind::OneOf(&["On", "Off"]), "Off").restarts(),
        ],
    ),
    known(
        PYTHON,
        &[
            with("NumProcesses", Kind::Number(1, 1000), "1").restarts(),
            with("NumThreads", Kind::Number(1, 1000), "15").restarts(),
            with("WSGIPath", Kind::Text, "application").restarts(),
        ],
    ),
    known(
        "aws:elasticbeanstalk:container:tomcat:jvmoptions",
        &[
            option("JVM Options", Kind::Text).restarts(),
            with("XX:MaxPermSize", Kind::Text, "64m").restarts(),
            with("Xms", Kind::Text, "256m").restarts(),
            with("Xmx", Kind::Text, "256m").restarts(),
        ],
    ),
    known(
        "aws:elasticbeanstalk:control",
        &[
            with("DefaultSSHPort", PORT, "22"),
            with("LaunchTimeout", Kind::Number(0, 86_400), "0"),
            with("LaunchType", Kind::Text, "Migration"),
            with("RollbackLaunchOnFailure", Kind::Flag, "false"),
        ],
    ),
    known(
        ENVIRONMENT,
        &[
            with(
                "EnvironmentType",
                Kind::OneOf(&["LoadBalanced", "SingleInstance"]),
                "LoadBalanced",
            )
            .replaces(),
            option("ExternalExtensionsS3Bucket", Kind::Text),
            option("ExternalExtensionsS3Key", Kind::Text),
            // `eb terminate` requires this option.
            with("LoadBalancerIsShared", Kind::Flag, "false"),
            with(
                "LoadBalancerType",
                Kind::OneOf(&["classic", "application", "network"]),
                "classic",
            ),
            with("ServiceRole", Kind::Text, "aws-elasticbeanstalk-service-role"),
        ],
    ),
    known(DEFAULT_PROCESS, PROCESS_OPTIONS),
    known("aws:elasticbeanstalk:environment:process:", PROCESS_OPTIONS),
    known(
        "aws:elasticbeanstalk:environment:proxy",
        &[
            option("GzipCompression", Kind::Flag),
            with("ProxyServer", Kind::OneOf(&["nginx", "apache", "apache/2.2", "none"]), "nginx")
                .restarts(),
        ],
    ),
    open("aws:elasticbeanstalk:environment:proxy:staticfiles"),
    known(
        HEALTH,
        &[
            option("ConfigDocument", Kind::Text),
            option("EnhancedHealthAuthEnabled", Kind::Flag),
            with(
                "HealthCheckSuccessThreshold",
                Kind::OneOf(&["Ok", "Warning", "Degraded", "Severe"]),
                "Ok",
            ),
            with("SystemType", Kind::OneOf(&["basic", "enhanced"]), "basic"),
        ],
    ),
    known(
        "aws:elasticbeanstalk:hostmanager",
        &[with("LogPublicationControl", Kind::Flag, "false")],
    ),
    known(
        MANAGED,
        &[
            // The guide says `true`, but environments that the API creates have no window and no level.
            with("ManagedActionsEnabled", Kind::Flag, "false"),
            option("PreferredStartTime", WINDOW),
            option("ServiceRoleForManagedUpdates", Kind::Text),
        ],
    ),
    known(
        PLATFORM_UPDATE,
        &[
            with("InstanceRefreshEnabled", Kind::Flag, "false"),
            option("UpdateLevel", Kind::OneOf(&["patch", "minor"])),
        ],
    ),
    known(
        "aws:elasticbeanstalk:monitoring",
        &[with("Automatically Terminate Unhealthy Instances", Kind::Flag, "true")],
    ),
    known(
        "aws:elasticbeanstalk:sns:topics",
        &[
            option("Notification Endpoint", Kind::Text),
            with(
                "Notification Protocol",
                Kind::OneOf(&["http", "https", "email", "email-json", "sqs"]),
                "email",
            ),
            option("Notification Topic ARN", Kind::Text),
            option("Notification Topic Name", Kind::Text),
        ],
    ),
    known(
        SQSD,
        &[
            with("ConnectTimeout", Kind::Number(1, 60), "5"),
            with("ErrorVisibilityTimeout", Kind::Number(0, 43_200), "2"),
            with("HttpConnections", Kind::Number(1, 100), "50"),
            with("HttpPath", Kind::Text, "/"),
            with("InactivityTimeout", Kind::Number(1, 36_000), "299"),
            with("MaxRetries", Kind::Number(1, 100), "10"),
            with("MimeType", Kind::Text, "application/json"),
            with("RetentionPeriod", Kind::Number(60, 1_209_600), "345600"),
            with("VisibilityTimeout", Kind::Number(0, 43_200), "300"),
            option("WorkerQueueURL", Kind::Text),
        ],
    ),
    known(
        TRAFFIC,
        &[
            with("EvaluationTime", Kind::Number(3, 600), "5"),
            with("NewVersionPercent", Kind::Number(1, 100), "10"),
        ],
    ),
    known("aws:elasticbeanstalk:xray", &[with("XRayEnabled", Kind::Flag, "false")]),
    known(
        CLASSIC_HEALTH_CHECK,
        &[
            with("HealthyThreshold", Kind::Number(2, 10), "3"),
            with("Interval", Kind::Number(5, 300), "10"),
            with("Target", Kind::Text, "TCP:80"),
            with("Timeout", Kind::Number(2, 60), "5"),
            with("UnhealthyThreshold", Kind::Number(2, 10), "5"),
        ],
    ),
    known("aws:elb:listener", CLASSIC_LISTENER_OPTIONS),
    known("aws:elb:listener:", CLASSIC_LISTENER_OPTIONS),
    known(
        "aws:elb:loadbalancer",
        &[
            with("CrossZone", Kind::Flag, "false"),
            with("LoadBalancerHTTPPort", Kind::OneOf(&["OFF", "80"]), "80"),
            with("LoadBalancerHTTPSPort", Kind::OneOf(&["OFF", "443", "8443"]), "OFF"),
            with("LoadBalancerPortProtocol", Kind::OneOf(&["HTTP", "TCP"]), "HTTP"),
            with("LoadBalancerSSLPortProtocol", Kind::OneOf(&["HTTPS", "SSL"]), "HTTPS"),
            option("ManagedSecurityGroup", Kind::Text),
            option("SSLCertificateId", Kind::Text),
            option("SecurityGroups", Kind::List),
        ],
    ),
    known(
        "aws:elb:policies",
        &[
            with("ConnectionDrainingEnabled", Kind::Flag, "false"),
            with("ConnectionDrainingTimeout", Kind::Number(1, 3600), "20"),
            with("ConnectionSettingIdleTimeout", Kind::Number(1, 3600), "60"),
            option("LoadBalancerPorts", Kind::List),
            with("Stickiness Cookie Expiration", Kind::Number(0, 1_000_000), "0"),
            with("Stickiness Policy", Kind::Flag, "false"),
        ],
    ),
    known(
        "aws:elb:policies:",
        &[
            option("CookieName", Kind::Text),
            option("InstancePorts", Kind::List),
            option("LoadBalancerPorts", Kind::List),
            option("ProxyProtocol", Kind::Flag),
            option("PublicKey", Kind::Text),
            option("PublicKeyPolicyNames", Kind::List),
            option("SSLProtocols", Kind::List),
            option("SSLReferencePolicy", Kind::Text),
            with("Stickiness Cookie Expiration", Kind::Number(0, 1_000_000), "0"),
            with("Stickiness Policy", Kind::Flag, "false"),
        ],
    ),
    known("aws:elbv2:listener:default", LISTENER_OPTIONS),
    known("aws:elbv2:listener:", LISTENER_OPTIONS),
    known(
        "aws:elbv2:listenerrule:",
        &[
            option("HostHeaders", Kind::List),
            option("PathPatterns", Kind::List),
            with("Priority", Kind::Number(1, 1000), "1"),
            with("Process", Kind::Text, "default"),
        ],
    ),
    known(
        "aws:elbv2:loadbalancer",
        &[
            option("AccessLogsS3Bucket", Kind::Text),
            with("AccessLogsS3Enabled", Kind::Flag, "false"),
            option("AccessLogsS3Prefix", Kind::Text),
            option("IdleTimeout", Kind::Number(1, 3600)),
            with("IpAddressType", Kind::OneOf(&["ipv4", "dualstack"]), "ipv4"),
            option("ManagedSecurityGroup", Kind::Text),
            option("SecurityGroups", Kind::List),
            option("SharedLoadBalancer", Kind::Text),
        ],
    ),
    known(
        "aws:rds:dbinstance",
        &[
            option("DBAllocatedStorage", Kind::Number(5, 1024)),
            with("DBDeletionPolicy", Kind::OneOf(&["Delete", "Retain", "Snapshot"]), "Delete"),
            option("DBEngine", Kind::Text),
            option("DBEngineVersion", Kind::Text),
            option("DBInstanceClass", Kind::Text),
            option("DBPassword", Kind::Text),
            option("DBSnapshotIdentifier", Kind::Text),
            option("DBUser", Kind::Text),
            option("HasCoupledDatabase", Kind::Flag),
            option("MultiAZDatabase", Kind::Flag),
        ],
    ),
];

impl Namespace {
    /// Whether this is one namespace, not a prefix.
    pub(crate) fn is_whole(&self) -> bool {
        !self.name.ends_with(':')
    }

    fn matches(&self, name: &str) -> bool {
        if self.is_whole() {
            return self.name == name;
        }
        name.strip_prefix(self.name).is_some_and(|rest| !rest.is_empty() && !rest.contains(':'))
    }
}

/// The namespace with this name.
pub(crate) fn namespace(name: &str) -> Option<&'static Namespace> {
    NAMESPACES.iter().find(|namespace| namespace.matches(name))
}

/// The option with this name. User-defined ones have no definition.
pub(crate) fn definition(namespace_name: &str, name: &str) -> Option<&'static OptionDefinition> {
    namespace(namespace_name)?.options.iter().find(|option| option.name == name)
}

impl Kind {
    /// The complaint about a value, with the service's text if it is known.
    pub(crate) fn complaint(self, value: &str) -> Option<String> {
        match self {
            Self::Text | Self::List => None,
            Self::Flag => Self::OneOf(&["true", "false"]).complaint(value),
            Self::OneOf(words) => (!words.contains(&value))
                .then(|| format!("Value is not one of the allowed values: [{}]", words.join(", "))),
            Self::Number(least, most) => out_of_bounds(value, least, most),
            Self::Duration(least, most) => {
                let duration: Option<jiff::SignedDuration> = value.parse().ok();
                let fits = duration.is_some_and(|time| (least..=most).contains(&time.as_secs()));
                (!fits).then(|| {
                    format!("Value is not an ISO 8601 duration of {least} to {most} seconds")
                })
            }
            Self::Pattern(pattern, label) => {
                let matches = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(value));
                (!matches).then(|| format!("Value does not satisfy regex: '{pattern}' [{label}]"))
            }
        }
    }

    /// The value type in descriptions: `Scalar` or `List`.
    pub(crate) fn value_type(self) -> &'static str {
        match self {
            Self::List => "List",
            _ => "Scalar",
        }
    }

    /// The valid words.
    pub(crate) fn values(self) -> &'static [&'static str] {
        match self {
            Self::Flag => &["true", "false"],
            Self::OneOf(words) => words,
            _ => &[],
        }
    }
}

/// The complaint about a number, whose text is *assumed*.
fn out_of_bounds(value: &str, least: i64, most: i64) -> Option<String> {
    match value.parse::<i64>() {
        Err(_) => Some("Value is not a number.".to_owned()),
        Ok(number) if number < least => {
            Some(format!("Value is less than minimum allowed value: {least}."))
        }
        Ok(number) if number > most => {
            Some(format!("Value is greater than maximum allowed value: {most}."))
        }
        Ok(_) => None,
    }
}

impl ChangeSeverity {
    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoInterruption => "NoInterruption",
            Self::RestartApplicationServer => "RestartApplicationServer",
            Self::RestartEnvironment => "RestartEnvironment",
        }
    }
}

#[cfg(test)]
mod tests;
